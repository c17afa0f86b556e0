-- Migration 0003: analyses are looked up by the bytes of a clip, for every clip of a training or an evaluation.
CREATE INDEX media_bytes ON media(sha256);
CREATE INDEX stage_cache_media ON stage_cache(media_id);
