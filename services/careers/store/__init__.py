"""Openings, applications and alerts in MongoDB, on the subset that every server of its protocol does alike."""
