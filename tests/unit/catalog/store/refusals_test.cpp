#include <gmock/gmock.h>

#include "catalog/store/connection.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

// What the schema refuses, as a list of statements (catalog/store/schema/).
// The setup is SQL too, so that this test stays a test of the schema and not of the stores.
namespace changeling {
namespace {

// Row ids of the setup: corpus 1; subjects and media 1..4, media 5 = a fake that the corpus ships;
// split 1 frozen with subjects 1, 2 (train), 3, 4 (test), split 2 growing; lists 1 (frozen), 2
// (growing), 3 (of the growing split); pairs 1: 1->2, 2: 3->4, 3: self pair of 1; runs R1 running,
// R2 ok, R3 failed gate; jobs 1 done, 2 queued, 3 skipped, 4 claimed; artifacts 1 fake_video, 2
// real_control, 3 corpus file, 4 rendition.
constexpr const char* kSetup = R"sql(
INSERT INTO blob VALUES(zeroblob(32),1,'x','present','t');
INSERT INTO corpus VALUES(1,'c','1','c','l','consented',1),(2,'closed','1','c','l','licensed',0);
INSERT INTO method VALUES('mesh_swap',0,'t'),('self_blend',1,'t'),('c_deepfakes',0,'t');
INSERT INTO subject(subject_id,corpus_id,ext_id,withdrawn_at) VALUES(1,1,'a',NULL),(2,1,'b',NULL),
  (3,1,'c',NULL),(4,1,'d',NULL),(5,1,'e','2026-01-01'),(6,2,'f',NULL);
INSERT INTO media(media_id,corpus_id,rel_path,kind,label,method) VALUES(1,1,'a','video','real',NULL),
  (2,1,'b','video','real',NULL),(3,1,'c','video','real',NULL),(4,1,'d','video','real',NULL),
  (5,1,'fake','video','fake','c_deepfakes'),(6,2,'f','video','real',NULL),(7,1,'e','video','real',NULL);
INSERT INTO sighting(media_id,subject_id,ext_sighting_id,frame) VALUES(1,1,'s',0),(6,6,'s',0);
INSERT INTO face_track(track_id,media_id,first_frame,last_frame,boxes_sha256) VALUES(1,2,0,9,zeroblob(32));
INSERT INTO split_set VALUES(1,'s','a',1,NULL),(2,'open','a',1,NULL);
INSERT INTO split_subject VALUES(1,1,1,'train'),(1,2,2,'train'),(1,3,3,'test'),(1,4,4,'test'),(1,5,5,'train'),
  (1,6,6,'train'),(2,1,1,'train');
UPDATE split_set SET frozen_at='t' WHERE split_id=1;
INSERT INTO pair_list VALUES(1,'l',1,'x@1',1,'{}',NULL),(2,'growing',1,'x@1',1,'{}',NULL),
  (3,'early',2,'x@1',1,'{}',NULL);
INSERT INTO pair(pair_id,list_id,part,stratum,draw_index,source_media,target_media,source_subject,target_subject)
  VALUES(1,1,'train','all',0,1,2,1,2),(2,1,'test','all',0,3,4,3,4),(3,1,'train','all',1,1,1,1,1),
  (4,2,'train','all',0,1,2,1,2),(5,1,'train','all',2,2,1,2,1),(6,1,'train','all',3,6,2,6,2);
UPDATE pair_list SET list_sha256=zeroblob(32) WHERE list_id=1;
INSERT INTO run(run_id,kind,suite,list_id,status,started_at,git_commit,git_dirty,config_sha256,config_json,seed,host,env_json)
  VALUES('R1----------------------------------','generate',NULL,1,'running','t','c',0,zeroblob(32),'{}',1,'h','{}'),
  ('R2----------------------------------','nightly','s',1,'running','t','c',0,zeroblob(32),'{}',1,'h','{}'),
  ('R3----------------------------------','nightly','s',1,'running','t','c',0,zeroblob(32),'{}',1,'h','{}'),
  ('R4----------------------------------','generate',NULL,1,'running','t','c',0,zeroblob(32),'{}',1,'h','{}');
INSERT INTO job(job_id,run_id,pair_id,method,job_key,params_json,seed,state,reject_reason,claim_owner,claim_expires_us)
  VALUES(1,'R1----------------------------------',1,'mesh_swap',zeroblob(32),'{}',1,'done',NULL,NULL,NULL),
  (2,'R1----------------------------------',2,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL),
  (3,'R1----------------------------------',3,'self_blend',zeroblob(32),'{}',1,'skipped','no_face',NULL,NULL),
  (4,'R1----------------------------------',5,'mesh_swap',zeroblob(32),'{}',1,'claimed',NULL,'o',1),
  (5,'R4----------------------------------',1,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL),
  (6,'R1----------------------------------',6,'mesh_swap',zeroblob(32),'{}',1,'done',NULL,NULL,NULL);
INSERT INTO artifact(artifact_id,job_id,media_id,profile,kind,sha256,stream_sha256,n_frames,manipulated_frames)
  VALUES(1,1,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,6),
  (2,1,NULL,'c23','real_control',zeroblob(32),zeroblob(32),10,NULL),
  (3,NULL,1,'asis','real_video',zeroblob(32),zeroblob(32),10,NULL),
  (4,1,NULL,'c40','fake_video',zeroblob(32),zeroblob(32),10,6),
  (5,6,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,6),
  (6,1,NULL,'c40','real_control',zeroblob(32),zeroblob(32),10,NULL);
INSERT INTO rendition VALUES(4,1,'R1----------------------------------','{}',zeroblob(32));
INSERT INTO manipulated_span VALUES(1,2,7,'swapped');
INSERT INTO face_label VALUES(1,1,'fake',1);
INSERT INTO metric_def VALUES(1,'m',1,'1','up','clip',NULL,'{}');
INSERT INTO metric_value(run_id,metric_id,artifact_id,frame,status,value)
  VALUES('R1----------------------------------',1,1,-1,'ok',0.5);
INSERT INTO metric_agg(run_id,metric_id,slice,status,value,n,n_clusters,coverage)
  VALUES('R1----------------------------------',1,'all','ok',0.5,1,1,1);
INSERT INTO detector_score VALUES('R1----------------------------------',1,0,'ok',0.5);
INSERT INTO gate_result(run_id,baseline_run,metric_id,slice,delta,tolerance,verdict)
  VALUES('R3----------------------------------','R2----------------------------------',1,'all',-1,0,'fail');
UPDATE run SET status='ok',finished_at='t' WHERE run_id IN('R2----------------------------------',
  'R3----------------------------------','R4----------------------------------');
INSERT INTO baseline VALUES('s','2026','R2----------------------------------','me','first');
INSERT INTO dataset_version VALUES
  (1,'d','1.0.0',1,'R1----------------------------------','public','{}','t',NULL,NULL),
  (2,'d','2.0.0',1,'R1----------------------------------','internal','{}','t',NULL,NULL),
  (3,'d','3.0.0',2,'R1----------------------------------','internal','{}','t',NULL,NULL);
INSERT INTO dataset_item VALUES(2,1,'k','train');
UPDATE dataset_version SET merkle_root=zeroblob(32) WHERE version_id=2;
INSERT INTO audit_log(seq,at,actor,action,subject,detail_json,row_sha256) VALUES(100,'t','a','a','s','{}',zeroblob(32));
INSERT INTO artifact(artifact_id,job_id,profile,kind,sha256) VALUES(7,1,'c23','mask_alpha',zeroblob(32));
INSERT INTO signing_key VALUES('0123456789abcdef','pem','2026',NULL,NULL,NULL),
  ('fedcba9876543210','pem','2026',NULL,'2027','stolen'),('00000000000000aa','pem','2026','2027',NULL,NULL);
INSERT INTO manifest VALUES(1,1,'0123456789abcdef','{}','t');
)sql";

#define R1 "'R1----------------------------------'"
#define R2 "'R2----------------------------------'"
#define R3 "'R3----------------------------------'"
#define R4 "'R4----------------------------------'"
#define PAIR                                                                                   \
  "INSERT INTO pair(list_id,part,stratum,draw_index,source_media,target_media,source_subject," \
  "target_subject) VALUES"
#define JOB                                                                           \
  "INSERT INTO job(run_id,pair_id,method,job_key,params_json,seed,state,claim_owner," \
  "claim_expires_us,reject_reason,error_kind) VALUES"
#define ARTIFACT                                                                     \
  "INSERT INTO artifact(job_id,media_id,profile,kind,sha256,stream_sha256,n_frames," \
  "manipulated_frames) VALUES"
#define RUN                                                                                       \
  "INSERT INTO run(run_id,kind,status,started_at,finished_at,git_commit,git_dirty,config_sha256," \
  "config_json,seed,host,env_json) VALUES"
#define VALUE \
  "INSERT INTO metric_value(run_id,metric_id,artifact_id,frame,status,value) VALUES(" R1 ",1,1,"

struct Refusal {
  const char* name;
  const char* sql;
  const char* reason;  ///< part of SQLite's text
};

constexpr Refusal kRefusals[] = {
    // Splits and lists.
    {"SplitRename", "UPDATE split_set SET name='x' WHERE split_id=1", "split is frozen"},
    {"SplitThaw", "UPDATE split_set SET frozen_at=NULL WHERE split_id=1", "split is frozen"},
    {"SplitDelete", "DELETE FROM split_set WHERE split_id=1", "split is frozen"},
    {"SplitReplace", "REPLACE INTO split_set VALUES(1,'s','b',1,NULL)", "split is frozen"},
    {"SplitNameTwice", "INSERT INTO split_set VALUES(9,'s','a',1,NULL)", "UNIQUE"},
    {"SplitSubjectLate", "INSERT INTO split_subject VALUES(1,6,1,'train')", "split is frozen"},
    {"SplitSubjectMove", "UPDATE split_subject SET part='test' WHERE subject_id=1",
     "split row is fixed"},
    {"SplitSubjectDelete", "DELETE FROM split_subject WHERE split_id=1", "split is frozen"},
    {"SplitSubjectTwice", "INSERT INTO split_subject VALUES(2,1,1,'test')", "UNIQUE"},
    {"SplitPartUnknown", "INSERT INTO split_subject VALUES(2,2,1,'dev')", "CHECK"},
    {"ListChange", "UPDATE pair_list SET seed=2 WHERE list_id=1", "list is frozen"},
    {"ListThaw", "UPDATE pair_list SET list_sha256=NULL WHERE list_id=1", "list is frozen"},
    {"ListDelete", "DELETE FROM pair_list WHERE list_id=2", "list is fixed"},
    {"ListDigestLength", "UPDATE pair_list SET list_sha256=x'00' WHERE list_id=2", "CHECK"},
    // Pairs.
    {"PairIntoFrozenList", PAIR "(1,'train','all',9,2,1,2,1)", "list is frozen"},
    {"PairBeforeSplitIsFrozen", PAIR "(3,'train','all',0,1,2,1,2)", "split is not"},
    {"PairAcrossParts", PAIR "(2,'train','all',1,1,3,1,3)", "crosses parts"},
    {"PairInOtherPart", PAIR "(2,'test','all',1,2,1,2,1)", "crosses parts"},
    {"PairOutsideSplit", PAIR "(2,'train','all',1,1,7,1,99)", ""},
    {"PairOnePersonTwoMedia", PAIR "(2,'train','all',1,1,2,1,1)", "CHECK"},
    {"PairTwoPeopleOneMedium", PAIR "(2,'train','all',1,1,1,1,2)", "CHECK"},
    {"PairWithdrawn", PAIR "(2,'train','all',1,7,2,5,2)", "withdrawn"},
    {"PairCorpusFakeAsSource", PAIR "(2,'train','all',1,5,2,1,2)", "medium is a fake"},
    {"PairCorpusFakeAsTarget", PAIR "(2,'train','all',1,2,5,2,1)", "medium is a fake"},
    {"PairTwice", PAIR "(2,'train','all',1,1,2,1,2)", "UNIQUE"},
    {"PairDrawTwice", PAIR "(2,'train','all',0,2,1,2,1)", "UNIQUE"},
    {"PairUpdate", "UPDATE pair SET part='test' WHERE pair_id=4", "pair is fixed"},
    {"PairDelete", "DELETE FROM pair WHERE pair_id=4", "pair is fixed"},
    // Runs.
    {"RunReopen", "UPDATE run SET status='running',finished_at=NULL WHERE run_id=" R2,
     "run is closed"},
    {"RunRelabel", "UPDATE run SET git_commit='x' WHERE run_id=" R2, "run is closed"},
    {"RunDelete", "DELETE FROM run WHERE run_id=" R1, "run is fixed"},
    {"RunFinishedWithoutTime", "UPDATE run SET status='ok' WHERE run_id=" R1, "CHECK"},
    {"RunTimeWithoutFinish", "UPDATE run SET finished_at='t' WHERE run_id=" R1, "CHECK"},
    {"RunKindUnknown",
     RUN "('123456789012345678901234567890123456','x','running','t',NULL,'c',0,"
         "zeroblob(32),'{}',1,'h','{}')",
     "CHECK"},
    {"RunIdLength", RUN "('1','bench','running','t',NULL,'c',0,zeroblob(32),'{}',1,'h','{}')",
     "CHECK"},
    {"RunConfigDigestLength",
     RUN "('123456789012345678901234567890123456','bench','running','t',NULL,'c',"
         "0,x'00','{}',1,'h','{}')",
     "CHECK"},
    // Jobs.
    {"JobWithoutPair",
     JOB "(" R1 ",NULL,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)", ""},
    {"JobTwice", JOB "(" R1 ",1,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)",
     "UNIQUE"},
    {"JobPairOfOtherList",
     JOB "(" R1 ",4,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)",
     "not in its frozen list"},
    {"JobInClosedRun",
     JOB "(" R4 ",5,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)",
     "run is closed"},
    {"JobSelfPairForSwap",
     JOB "(" R1 ",3,'mesh_swap',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)",
     "self-pairing differs"},
    {"JobSelfBlendOfTwo",
     JOB "(" R1 ",1,'self_blend',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)",
     "self-pairing differs"},
    {"JobMethodUnknown", JOB "(" R1 ",1,'x',zeroblob(32),'{}',1,'queued',NULL,NULL,NULL,NULL)",
     "FOREIGN KEY"},
    {"JobKeyLength", JOB "(" R1 ",1,'mesh_swap',x'00','{}',1,'queued',NULL,NULL,NULL,NULL)",
     "CHECK"},
    {"JobLeavesDone", "UPDATE job SET state='queued' WHERE job_id=1", "job is final"},
    {"JobLeavesSkipped", "UPDATE job SET state='queued' WHERE job_id=3", "job is final"},
    {"JobOfClosedRun", "UPDATE job SET attempts=1 WHERE job_id=5", "job is final"},
    {"JobClaimWithoutOwner", "UPDATE job SET state='claimed',claim_expires_us=1 WHERE job_id=2",
     "CHECK"},
    {"JobClaimWithoutExpiry", "UPDATE job SET state='claimed',claim_owner='o' WHERE job_id=2",
     "CHECK"},
    {"JobSkipWithoutReason", "UPDATE job SET state='skipped' WHERE job_id=2", "CHECK"},
    {"JobFailWithoutKind", "UPDATE job SET state='failed' WHERE job_id=2", "CHECK"},
    {"JobQuarantineWithoutKind", "UPDATE job SET state='quarantined' WHERE job_id=2", "CHECK"},
    {"JobErrorKindUnknown", "UPDATE job SET state='failed',error_kind='x' WHERE job_id=2", "CHECK"},
    {"JobStateUnknown", "UPDATE job SET state='lost' WHERE job_id=2", "CHECK"},
    {"JobDelete", "DELETE FROM job WHERE job_id=3", "job is final"},
    {"JobReplace",
     "REPLACE INTO job(job_id,run_id,pair_id,method,job_key,params_json,seed,state) VALUES(1," R1
     ",1,'mesh_swap',zeroblob(32),'{}',1,'queued')",
     "job is final"},
    // Artifacts.
    {"ArtifactTwice", ARTIFACT "(1,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,6)",
     "UNIQUE"},
    {"ArtifactWithoutBlob",
     ARTIFACT "(2,NULL,'c23','sidecar',x'"
              "0909090909090909090909090909090909090909090909090909090909090909',NULL,NULL,NULL)",
     "FOREIGN KEY"},
    {"ArtifactOfNothing", ARTIFACT "(NULL,NULL,'c23','sidecar',zeroblob(32),NULL,NULL,NULL)",
     "CHECK"},
    {"ArtifactOfJobAndMedium",
     ARTIFACT "(2,1,'c23','real_video',zeroblob(32),zeroblob(32),10,NULL)", "CHECK"},
    {"ArtifactKindUnknown", ARTIFACT "(2,NULL,'c23','video',zeroblob(32),NULL,NULL,NULL)", "CHECK"},
    {"ArtifactLabelGiven",
     "INSERT INTO artifact(job_id,profile,kind,label,sha256) VALUES(2,'c23','sidecar','real',"
     "zeroblob(32))",
     "generated column"},
    {"ClipWithoutStreamDigest", ARTIFACT "(2,NULL,'c23','real_control',zeroblob(32),NULL,10,NULL)",
     "CHECK"},
    {"ClipWithoutFrameCount",
     ARTIFACT "(2,NULL,'c23','real_control',zeroblob(32),zeroblob(32),NULL,NULL)", "CHECK"},
    {"ClipWithoutFrames", ARTIFACT "(2,NULL,'c23','real_control',zeroblob(32),zeroblob(32),0,NULL)",
     "CHECK"},
    {"StreamDigestLength", ARTIFACT "(2,NULL,'c23','real_control',zeroblob(32),x'00',10,NULL)",
     "CHECK"},
    {"FakeWithoutCount", ARTIFACT "(2,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,NULL)",
     "CHECK"},
    {"FakeWithoutManipulation",
     ARTIFACT "(2,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,0)", "CHECK"},
    {"FakeWithTooMuchManipulation",
     ARTIFACT "(2,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,11)", "CHECK"},
    {"ControlWithManipulation",
     ARTIFACT "(2,NULL,'c23','real_control',zeroblob(32),zeroblob(32),10,1)", "CHECK"},
    {"CorpusFakeAsReal", ARTIFACT "(NULL,5,'asis','real_video',zeroblob(32),zeroblob(32),10,NULL)",
     "contradicts"},
    {"CorpusRealAsFake", ARTIFACT "(NULL,2,'asis','fake_video',zeroblob(32),zeroblob(32),10,NULL)",
     "contradicts"},
    {"CorpusFileAsControl",
     ARTIFACT "(NULL,2,'asis','real_control',zeroblob(32),zeroblob(32),10,NULL)", "contradicts"},
    {"ArtifactUpdate", "UPDATE artifact SET kind='real_control' WHERE artifact_id=1",
     "label is fixed"},
    {"ArtifactDelete", "DELETE FROM artifact WHERE artifact_id=1", "label is fixed"},
    {"RenditionOfOtherKind", "INSERT INTO rendition VALUES(6,1," R1 ",'{}',zeroblob(32))",
     "parent differs"},
    {"RenditionOfOtherJob", "INSERT INTO rendition VALUES(5,1," R1 ",'{}',zeroblob(32))",
     "parent differs"},
    {"RenditionUpdate", "UPDATE rendition SET recipe_json='x'", "label is fixed"},
    {"RenditionDelete", "DELETE FROM rendition", "label is fixed"},
    // Spans and faces.
    {"SpanOverlap", "INSERT INTO manipulated_span VALUES(1,7,8,'swapped')", "spans overlap"},
    {"SpanInside", "INSERT INTO manipulated_span VALUES(1,3,4,'failed')", "spans overlap"},
    {"SpanAround", "INSERT INTO manipulated_span VALUES(1,0,9,'failed')", "spans overlap"},
    {"SpanPastTheEnd", "INSERT INTO manipulated_span VALUES(1,8,10,'swapped')", "outside a fake"},
    {"SpanInControl", "INSERT INTO manipulated_span VALUES(2,0,1,'swapped')", "outside a fake"},
    {"SpanInRealFile", "INSERT INTO manipulated_span VALUES(3,0,1,'swapped')", "outside a fake"},
    {"SpanNegative", "INSERT INTO manipulated_span VALUES(1,-1,0,'swapped')", "CHECK"},
    {"SpanBackwards", "INSERT INTO manipulated_span VALUES(1,9,8,'swapped')", ""},
    {"SpanStatusUnknown", "INSERT INTO manipulated_span VALUES(1,8,9,'real')", "CHECK"},
    {"SpanUpdate", "UPDATE manipulated_span SET last_frame=8", "label is fixed"},
    {"SpanDelete", "DELETE FROM manipulated_span", "label is fixed"},
    {"FakeFaceWithoutSource", "INSERT INTO face_label VALUES(2,1,'fake',NULL)", "CHECK"},
    {"RealFaceWithSource", "INSERT INTO face_label VALUES(2,1,'real',1)", "CHECK"},
    {"FaceUpdate", "UPDATE face_label SET label='real',source_subject=NULL", "label is fixed"},
    {"FaceDelete", "DELETE FROM face_label", "label is fixed"},
    // Numbers.
    {"ValueInfinite", VALUE "0,'ok',9e999)", "CHECK"},
    {"ValueMinusInfinite", VALUE "0,'ok',-9e999)", "CHECK"},
    {"ValueNanIsNull", VALUE "0,'ok',9e999-9e999)", "CHECK"},
    {"ValueMissingButOk", VALUE "0,'ok',NULL)", "CHECK"},
    {"ValueWithReason", VALUE "0,'no_face',0.5)", "CHECK"},
    {"ValueStatusUnknown", VALUE "0,'lost',NULL)", "CHECK"},
    {"ValueTwice", VALUE "-1,'ok',0.6)", "UNIQUE"},
    {"ValueAsText", VALUE "0,'ok','high')", "cannot store TEXT"},
    {"ValueUpdate", "UPDATE metric_value SET value=0.6", "value is fixed"},
    {"AggregateInfinite",
     "INSERT INTO metric_agg(run_id,metric_id,slice,status,value,n,n_clusters,coverage) VALUES(" R1
     ",1,'x','ok',9e999,1,1,1)",
     "CHECK"},
    {"AggregateWithoutValue",
     "INSERT INTO metric_agg(run_id,metric_id,slice,status,n,n_clusters,coverage) VALUES(" R1
     ",1,'x','ok',1,1,1)",
     "CHECK"},
    {"AggregateCoverage",
     "INSERT INTO metric_agg(run_id,metric_id,slice,status,value,n,n_clusters,coverage) VALUES(" R1
     ",1,'x','ok',1,1,1,1.5)",
     "CHECK"},
    {"AggregateUpdate", "UPDATE metric_agg SET value=1", "value is fixed"},
    {"MetricUpdate", "UPDATE metric_def SET unit='px'", "metric is fixed"},
    {"MetricTwice", "INSERT INTO metric_def VALUES(2,'m',1,'px','up','clip',NULL,'{}')", "UNIQUE"},
    {"MetricDirectionUnknown", "INSERT INTO metric_def VALUES(2,'n',1,'1','left','clip',NULL,'{}')",
     "CHECK"},
    {"MethodUpdate", "UPDATE method SET self_paired=1 WHERE name='mesh_swap'", "method is fixed"},
    {"MethodSelfPairedUnknown", "INSERT INTO method VALUES('x',2,'t')", "CHECK"},
    {"ProbabilityAboveOne", "INSERT INTO detector_score VALUES(" R1 ",1,1,'ok',1.01)", "CHECK"},
    {"ProbabilityBelowZero", "INSERT INTO detector_score VALUES(" R1 ",1,1,'ok',-0.01)", "CHECK"},
    {"ScoreAndMiss", "INSERT INTO detector_score VALUES(" R1 ",1,1,'timeout',0.5)", "CHECK"},
    {"ScoreThenMiss", "INSERT INTO detector_score VALUES(" R1 ",1,0,'timeout',NULL)", "UNIQUE"},
    {"ScoreUpdate", "UPDATE detector_score SET p_fake=0.4", "value is fixed"},
    {"GateDeltaInfinite",
     "INSERT INTO gate_result(run_id,baseline_run,metric_id,slice,delta,tolerance,verdict) "
     "VALUES(" R1 "," R2 ",1,'x',9e999,0,'pass')",
     "CHECK"},
    {"GateVerdictUnknown",
     "INSERT INTO gate_result(run_id,baseline_run,metric_id,slice,delta,tolerance,verdict) "
     "VALUES(" R1 "," R2 ",1,'x',0,0,'fine')",
     "CHECK"},
    // Baselines.
    {"BaselineOfRunningRun", "INSERT INTO baseline VALUES('s','2027'," R1 ",'me','r')",
     "did not pass"},
    {"BaselineOfOtherSuite", "INSERT INTO baseline VALUES('t','2027'," R2 ",'me','r')",
     "did not pass"},
    {"BaselineOfFailedGate", "INSERT INTO baseline VALUES('s','2027'," R3 ",'me','r')",
     "did not pass"},
    {"BaselineUpdate", "UPDATE baseline SET reason='x'", "baseline is fixed"},
    {"BaselineDelete", "DELETE FROM baseline", "baseline is fixed"},
    // Data sets.
    {"SealedRename", "UPDATE dataset_version SET name='x' WHERE version_id=2", "version is sealed"},
    {"SealedUnseal", "UPDATE dataset_version SET merkle_root=NULL WHERE version_id=2",
     "version is sealed"},
    {"SealedOpenAccess", "UPDATE dataset_version SET access_class='public' WHERE version_id=2",
     "version is sealed"},
    {"VersionDelete", "DELETE FROM dataset_version WHERE version_id=1", "version is fixed"},
    {"ItemIntoSealed", "INSERT INTO dataset_item VALUES(2,2,'l','train')", "version is sealed"},
    {"ItemFromSealed", "DELETE FROM dataset_item WHERE version_id=2", "version is sealed"},
    {"ItemUpdate", "UPDATE dataset_item SET part='test'", "item is fixed"},
    {"ItemOfOtherPart", "INSERT INTO dataset_item VALUES(1,1,'k','test')", "breaks part"},
    {"ItemOfOtherSplit", "INSERT INTO dataset_item VALUES(3,1,'k','train')", "breaks part"},
    {"ItemNotRedistributable", "INSERT INTO dataset_item VALUES(1,5,'k','train')", "breaks part"},
    {"ItemOfWithdrawnSubject",
     "UPDATE subject SET withdrawn_at='t' WHERE subject_id=1; INSERT INTO dataset_item "
     "VALUES(1,1,'k','train')",
     "breaks part"},
    // Corpora, digests, audit.
    {"CorpusConsentUnknown", "INSERT INTO corpus VALUES(9,'x','1','c','l','none',1)", "CHECK"},
    {"CorpusTwice", "INSERT INTO corpus VALUES(9,'c','1','c','l','consented',1)", "UNIQUE"},
    {"MediaAbsolutePath",
     "INSERT INTO media(corpus_id,rel_path,kind,label) VALUES(1,'/etc','video','real')", "CHECK"},
    {"MediaFakeWithoutMethod",
     "INSERT INTO media(corpus_id,rel_path,kind,label) VALUES(1,'z','video','fake')", "CHECK"},
    {"MediaRealWithMethod",
     "INSERT INTO media(corpus_id,rel_path,kind,label,method) "
     "VALUES(1,'z','video','real','mesh_swap')",
     "CHECK"},
    {"MediaLabelUnknown",
     "INSERT INTO media(corpus_id,rel_path,kind,label) VALUES(1,'z','video','maybe')", "CHECK"},
    {"MediaTwice", "INSERT INTO media(corpus_id,rel_path,kind,label) VALUES(1,'a','video','real')",
     "UNIQUE"},
    {"SkintoneRange", "INSERT INTO subject(corpus_id,ext_id,skintone) VALUES(1,'z',7)", "CHECK"},
    {"SightingWithoutWidth",
     "INSERT INTO sighting(media_id,subject_id,ext_sighting_id,frame,w) VALUES(1,1,'s',1,0)",
     "CHECK"},
    {"BlobDigestLength", "INSERT INTO blob VALUES(x'00',1,'x','present','t')", "CHECK"},
    {"BlobStateUnknown", "UPDATE blob SET state='gone'", "CHECK"},
    {"BlobStillNamed", "DELETE FROM blob", "FOREIGN KEY"},
    // Signatures.
    {"ManifestUpdate", "UPDATE manifest SET document='x'", "manifest is fixed"},
    {"ManifestDelete", "DELETE FROM manifest", "manifest is fixed"},
    {"ManifestOfAMask", "INSERT INTO manifest VALUES(7,1,'0123456789abcdef','{}','t')",
     "only clips with a label"},
    {"ManifestByARevokedKey", "INSERT INTO manifest VALUES(2,1,'fedcba9876543210','{}','t')",
     "key is revoked"},
    {"ManifestByNobody", "INSERT INTO manifest VALUES(2,1,'ffffffffffffffff','{}','t')",
     "FOREIGN KEY"},
    {"ManifestRevisionTwice", "INSERT INTO manifest VALUES(1,1,'0123456789abcdef','{}','t')",
     "revisions count"},
    {"ManifestRevisionGap", "INSERT INTO manifest VALUES(1,3,'0123456789abcdef','{}','t')",
     "revisions count"},
    {"KeyEdit", "UPDATE signing_key SET public_pem='x' WHERE key_id='0123456789abcdef'",
     "key is fixed"},
    {"KeyBack", "UPDATE signing_key SET revoked_at=NULL,revoke_reason=NULL", "key is fixed"},
    {"KeyRetiredAgain", "UPDATE signing_key SET retired_at='2028' WHERE retired_at='2027'",
     "key is fixed"},
    {"KeyRevokedWithoutReason",
     "UPDATE signing_key SET revoked_at='t' WHERE key_id='0123456789abcdef'", "CHECK"},
    {"KeyDelete", "DELETE FROM signing_key WHERE key_id='00000000000000aa'", "key is fixed"},
    {"AuditUpdate", "UPDATE audit_log SET actor='x'", "audit log is fixed"},
    {"AuditDelete", "DELETE FROM audit_log", "audit log is fixed"},
    {"AuditDigestLength",
     "INSERT INTO audit_log(at,actor,action,subject,detail_json,row_sha256) "
     "VALUES('t','a','a','s','{}',x'00')",
     "CHECK"},
};

/// The text of the refusal; "accepted" when the statement ran. Nothing of it stays.
std::string refusal_of(Database& database, const char* sql) {
  std::string message;
  const ErrorKind kind = kind_thrown_by(
      [&] {
        database.transaction([&] {
          database.connection().exec(sql);
          throw Error(ErrorKind::kInput, "accepted");
        });
      },
      &message);
  EXPECT_EQ(kind, ErrorKind::kCatalog) << message;
  return message;
}

// One test over the list instead of one each: a catalog per statement would cost 20 s of fsync.
TEST(SchemaRefuses, EveryStatementOfTheList) {
  const TempDir folder;
  Database database = Database::create(folder.path() / "c.db");
  database.connection().exec(kSetup);
  for (const Refusal& refusal : kRefusals) {
    SCOPED_TRACE(std::string(refusal.name) + ": " + refusal.sql);
    EXPECT_THAT(refusal_of(database, refusal.sql), ::testing::HasSubstr(refusal.reason));
  }
}

TEST(SchemaAccepts, TheCounterparts) {
  // The same statements with the one wrong value put right: no trigger refuses everything.
  const TempDir folder;
  Database database = Database::create(folder.path() / "c.db");
  Connection& connection = database.connection();
  connection.exec(kSetup);
  for (const char* sql : {
           "INSERT INTO split_subject VALUES(2,2,1,'train')",
           PAIR "(2,'train','all',1,2,1,2,1)",
           "UPDATE job SET state='claimed',claim_owner='o',claim_expires_us=1 WHERE job_id=2",
           "UPDATE job SET state='done' WHERE job_id=4",
           ARTIFACT "(2,NULL,'c23','fake_video',zeroblob(32),zeroblob(32),10,10)",
           ARTIFACT "(NULL,5,'asis','fake_video',zeroblob(32),zeroblob(32),10,NULL)",
           "INSERT INTO manipulated_span VALUES(1,8,9,'swapped')",
           "INSERT INTO face_label VALUES(2,1,'real',NULL)",
           VALUE "0,'no_face',NULL)",
           VALUE "1,'ok',-1e299)",
           "INSERT INTO detector_score VALUES(" R1 ",1,1,'ok',1)",
           "INSERT INTO baseline VALUES('s','2027'," R2 ",'me','r')",
           "INSERT INTO dataset_item VALUES(1,1,'k','train')",
           "DELETE FROM dataset_item WHERE version_id=1",
           "UPDATE dataset_version SET invalidated_at='t' WHERE version_id=2",
           "INSERT INTO manifest VALUES(1,2,'0123456789abcdef','{}','t')",
           "INSERT INTO manifest VALUES(2,1,'00000000000000aa','{}','t')",
           "UPDATE signing_key SET retired_at='t' WHERE key_id='0123456789abcdef'",
           "UPDATE signing_key SET revoked_at='t',revoke_reason='r' WHERE retired_at='2027'",
           "UPDATE run SET status='ok',finished_at='t' WHERE run_id=" R1,
       }) {
    EXPECT_NO_THROW(connection.exec(sql)) << sql;
  }
}

}  // namespace
}  // namespace changeling
