"""What a person does with an account, and an operator with people: the verbs, by what they are about."""
