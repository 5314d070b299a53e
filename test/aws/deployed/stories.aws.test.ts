// In one file, for stories of one file are told at the same time: most of each is waiting.
import './release.ts';
import './before-a-step.ts';
import './operations.ts';
import './same-story.ts';
