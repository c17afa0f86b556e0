-- Migration 0005: which analysis of a medium counts, and which faces a job used (catalog/README.md, "Analyses").
-- NULL = noted by a program before this migration: all its tracks count until the medium is analysed again.
ALTER TABLE media ADD COLUMN analysis_sha256 BLOB REFERENCES blob;
ALTER TABLE face_track ADD COLUMN analysis_sha256 BLOB REFERENCES blob;
ALTER TABLE job ADD COLUMN source_track INT REFERENCES face_track;
