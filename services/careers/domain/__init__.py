"""What the board knows: openings, applications, alerts, who asks, and what is told of them."""
