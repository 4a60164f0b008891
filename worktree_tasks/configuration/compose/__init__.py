"""What is true of compose files and of the stacks that follow from them."""
