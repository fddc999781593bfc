"""What several explorers share; `base` says how to write one."""
