-- Migration 0004: what was made of a medium is found by indexes, and so are the files that jobs left.
CREATE INDEX pair_source ON pair(source_media);
CREATE INDEX pair_target ON pair(target_media);
CREATE INDEX job_pair ON job(pair_id);
CREATE INDEX artifact_bytes ON artifact(sha256);
DROP VIEW v_lineage;
CREATE VIEW v_lineage AS -- every medium and person an artifact was made from
  SELECT artifact_id,part,split_id,target_media AS media_id,target_subject AS subject_id
    FROM artifact JOIN job USING(job_id) JOIN pair USING(pair_id) JOIN pair_list USING(list_id)
  UNION ALL SELECT artifact_id,part,split_id,source_media,source_subject
    FROM artifact JOIN job USING(job_id) JOIN pair USING(pair_id) JOIN pair_list USING(list_id)
    WHERE kind<>'real_control' -- a control shows only the target
  UNION ALL SELECT artifact_id,NULL,NULL,media_id,subject_id FROM artifact JOIN sighting USING(media_id);
