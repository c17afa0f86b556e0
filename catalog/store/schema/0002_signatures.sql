-- Migration 0002: public keys, and the signed manifests of labelled clips (docs/formats/manifest.md).
-- key_id = first 16 hex digits of the SHA-256 of the raw public key; the newest revision of a manifest counts.
CREATE TABLE signing_key( -- valid from .. retired_at; what a revoked key signed counts for nothing
  key_id TEXT PRIMARY KEY CHECK(length(key_id)=16), public_pem TEXT NOT NULL, valid_from TEXT NOT NULL,
  retired_at TEXT, revoked_at TEXT, revoke_reason TEXT,
  CHECK((revoked_at IS NULL)=(revoke_reason IS NULL))) STRICT, WITHOUT ROWID;
CREATE TABLE manifest(
  artifact_id INT REFERENCES artifact, revision INT CHECK(revision>0), key_id TEXT NOT NULL REFERENCES signing_key,
  document TEXT NOT NULL, signed_at TEXT NOT NULL, PRIMARY KEY(artifact_id,revision)) STRICT, WITHOUT ROWID;

CREATE TRIGGER manifest_i INSERT ON manifest BEGIN
  SELECT RAISE(ABORT,'only clips with a label are signed') FROM artifact WHERE artifact_id=NEW.artifact_id AND label IS NULL;
  SELECT RAISE(ABORT,'key is revoked') FROM signing_key WHERE key_id=NEW.key_id AND revoked_at IS NOT NULL;
  SELECT RAISE(ABORT,'revisions count from 1') WHERE NEW.revision<>1+(SELECT coalesce(max(revision),0) FROM manifest
    WHERE artifact_id=NEW.artifact_id); END;
CREATE TRIGGER manifest_u UPDATE ON manifest BEGIN SELECT RAISE(ABORT,'manifest is fixed'); END;
CREATE TRIGGER manifest_d DELETE ON manifest BEGIN SELECT RAISE(ABORT,'manifest is fixed') FROM artifact JOIN blob USING(sha256)
  WHERE artifact_id=OLD.artifact_id AND state<>'purged'; END;
CREATE TRIGGER signing_key_u UPDATE ON signing_key
  WHEN OLD.revoked_at IS NOT NULL OR (NEW.key_id,NEW.public_pem,NEW.valid_from)<>(OLD.key_id,OLD.public_pem,OLD.valid_from)
    OR (OLD.retired_at IS NOT NULL AND NEW.retired_at IS NOT OLD.retired_at)
  BEGIN SELECT RAISE(ABORT,'key is fixed'); END;
CREATE TRIGGER signing_key_d DELETE ON signing_key BEGIN SELECT RAISE(ABORT,'key is fixed'); END;
