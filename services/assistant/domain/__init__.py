"""What the assistant knows: questions, evidence, answers, cases, consults, and what is told of them."""
