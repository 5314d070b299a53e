"""What MiniStack does otherwise than AWS, where a rollout depends on it: one patch a module, in memory, nothing of MiniStack's is changed on disk."""
