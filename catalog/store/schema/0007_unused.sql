-- Migration 0007: two columns and a view that no program wrote or read.
DROP VIEW detector_miss;
ALTER TABLE blob DROP COLUMN verified_at;
ALTER TABLE stage_timing DROP COLUMN device_us;
