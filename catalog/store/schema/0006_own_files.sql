-- Migration 0006: files that jobs of this catalog made are no footage (CorpusStore::made_here).
CREATE INDEX artifact_stream ON artifact(stream_sha256);
CREATE INDEX media_stream ON media(stream_sha256);
UPDATE media SET probe_error=(SELECT 'is a '||CASE kind WHEN 'fake_video' THEN 'fake' WHEN 'real_control' THEN 'control'
    ELSE 'mask' END||' of this catalog' FROM artifact a WHERE job_id IS NOT NULL
    AND (a.sha256=media.sha256 OR a.stream_sha256=media.stream_sha256) ORDER BY artifact_id LIMIT 1)
  WHERE EXISTS(SELECT 1 FROM artifact a WHERE job_id IS NOT NULL
    AND (a.sha256=media.sha256 OR a.stream_sha256=media.stream_sha256));
