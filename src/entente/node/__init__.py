"""The running party: one writer that signs with its node's keys, admits what others say, and folds both."""
