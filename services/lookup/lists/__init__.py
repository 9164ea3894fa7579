"""What an account keeps: lists of codes with what has changed in them, and the codes it looked at last."""
