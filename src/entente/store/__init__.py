"""What one node keeps: leaves, the parts it holds, grants, small values; and what it promises about them."""
