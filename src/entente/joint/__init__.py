"""What the parties hold true together: acts, the rules that judge them, and the state that follows from them."""
