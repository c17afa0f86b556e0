#include "catalog/store/migrator.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/store/audit_log.h"
#include "catalog/store/connection.h"
#include "catalog/store/schema_check.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

const int kNewest = Migrator().newest_version();

/// A catalog as the first `version` migrations make it, with the rows of `sql`.
void make_old_catalog(const std::filesystem::path& file, int version, const std::string& sql) {
  std::vector<Migration> list = builtin_migrations();
  list.resize(static_cast<std::size_t>(version));
  Connection old(file, Access::kCreate);
  Migrator(list).create(old);
  old.exec(sql);
}

class MigratorTest : public ::testing::Test {
 protected:
  MigratorTest() { Database::create(file_); }

  static std::vector<Migration> with_next(const std::string& sql) {
    std::vector<Migration> list = builtin_migrations();
    list.push_back({kNewest + 1, "9999_test.sql", sql});
    return list;
  }

  [[nodiscard]] int version() const { return Database::open_reader(file_).schema_version(); }

  TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "c.db";
};

TEST_F(MigratorTest, NothingToDoAtTheNewestVersion) {
  const MigrationReport report = Migrator().migrate(file_);
  EXPECT_EQ(report.from_version, kNewest);
  EXPECT_EQ(report.to_version, kNewest);
  EXPECT_TRUE(report.backups.empty());
}

TEST_F(MigratorTest, AppliesWhatIsMissingAfterABackup) {
  const Migrator migrator(with_next("ALTER TABLE corpus ADD COLUMN note TEXT;"));
  const MigrationReport report = migrator.migrate(file_);
  EXPECT_EQ(report.from_version, kNewest);
  EXPECT_EQ(report.to_version, kNewest + 1);
  ASSERT_EQ(report.backups.size(), 1U);
  EXPECT_EQ(report.backups[0], file_.string() + ".backup-v" + std::to_string(kNewest));
  EXPECT_EQ(Database::open_writer(report.backups[0]).schema_version(), kNewest);
  EXPECT_EQ(version(), kNewest + 1);
  Database reader = Database::open_reader(file_);
  EXPECT_EQ(reader.connection().get_int("SELECT count(*) FROM schema_migration"), kNewest + 1);
  EXPECT_EQ(reader.connection().get_int("SELECT count(note) FROM corpus"), 0);
  EXPECT_TRUE(AuditLog(reader).verify().empty());
  EXPECT_TRUE(migrator.migrate(file_).backups.empty()) << "a second starter finds nothing to do";
}

TEST_F(MigratorTest, FailureInTheMiddleLeavesTheOldVersion) {
  const Migrator migrator(with_next("ALTER TABLE corpus ADD COLUMN note TEXT; SELECT nonsense();"));
  EXPECT_EQ(kind_thrown_by([&] { (void)migrator.migrate(file_); }), ErrorKind::kCatalog);
  EXPECT_EQ(version(), kNewest);
  Database writer = Database::open_writer(file_);
  EXPECT_EQ(kind_thrown_by([&] { writer.connection().exec("SELECT note FROM corpus"); }),
            ErrorKind::kCatalog);
}

TEST_F(MigratorTest, BrokenReferencesAreRefused) {
  std::string message;
  const Migrator migrator(
      with_next("INSERT INTO split_subject(split_id,subject_id,leak_group,part)"
                "VALUES(99,99,1,'train');"));
  EXPECT_EQ(kind_thrown_by([&] { (void)migrator.migrate(file_); }, &message), ErrorKind::kCatalog);
  EXPECT_NE(message.find("split_subject"), std::string::npos) << message;
  EXPECT_EQ(version(), kNewest);
}

TEST_F(MigratorTest, KillInTheMiddleLeavesTheOldVersion) {
  const pid_t child = ::fork();
  if (child == 0) {
    // The second statement would count for hours: the timer ends the process inside the
    // transaction.
    const itimerval timer{{0, 0}, {0, 300000}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
    const Migrator migrator(with_next(
        "ALTER TABLE corpus ADD COLUMN note TEXT;"
        "CREATE TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
        "WHERE i<4000000000000) SELECT count(*) AS c FROM n;"));
    (void)migrator.migrate(file_);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGALRM);
  EXPECT_EQ(version(), kNewest);
  EXPECT_EQ(
      Migrator(with_next("ALTER TABLE corpus ADD COLUMN note TEXT;")).migrate(file_).to_version,
      kNewest + 1)
      << "the next start migrates";
}

TEST_F(MigratorTest, ChangedFileIsRefused) {
  std::vector<Migration> list = builtin_migrations();
  list[0].sql += "-- edited\n";
  EXPECT_EQ(kind_thrown_by([&] { (void)Migrator(list).migrate(file_); }), ErrorKind::kCatalog);
}

TEST_F(MigratorTest, NewerCatalogIsRefused) {
  (void)Migrator(with_next("CREATE TABLE t(x INT) STRICT;")).migrate(file_);
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)Migrator().migrate(file_); }, &message),
            ErrorKind::kCatalog);
  EXPECT_NE(message.find("schema " + std::to_string(kNewest + 1)), std::string::npos) << message;
  EXPECT_EQ(kind_thrown_by([&] { (void)Migrator().plan(file_); }), ErrorKind::kCatalog);
}

TEST_F(MigratorTest, LockedCatalogIsRefused) {
  const Database writer = Database::open_writer(file_);
  EXPECT_EQ(kind_thrown_by([&] { (void)Migrator().migrate(file_); }), ErrorKind::kCatalog);
  EXPECT_EQ(kind_thrown_by([&] { (void)Migrator().plan(file_); }), ErrorKind::kCatalog);
}

TEST(Migrations, MigratedSchemaEqualsAFreshOne) {
  // One statement list for both ways: create() applies all migrations, migrate() the missing ones.
  TempDir folder;
  const std::string sql = "CREATE TABLE extra(x INT) STRICT;";
  std::vector<Migration> both = builtin_migrations();
  both.push_back({kNewest + 1, "9999_test.sql", sql});
  Database::create(folder.path() / "old.db");
  (void)Migrator(both).migrate(folder.path() / "old.db");
  Connection fresh(folder.path() / "fresh.db", Access::kCreate);
  Migrator(both).create(fresh);
  Database old = Database::open_reader(folder.path() / "old.db");
  const std::string schema =
      "SELECT group_concat(sql,char(10)) FROM (SELECT sql FROM sqlite_schema "
      "WHERE sql NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name)";
  EXPECT_EQ(old.connection().get_text(schema), fresh.get_text(schema));
  EXPECT_GT(fresh.get_text(schema).size(), 10000U);
}

TEST(Migrations, EveryHistoricalSchemaMigratesToTheNewest) {
  const std::string schema =
      "SELECT group_concat(sql,char(10)) FROM (SELECT sql FROM sqlite_schema "
      "WHERE sql NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name)";
  const TempDir folder;
  Database fresh = Database::create(folder.path() / "fresh.db");
  for (int version = 1; version < kNewest; ++version) {
    const std::filesystem::path file = folder.path() / ("v" + std::to_string(version) + ".db");
    make_old_catalog(
        file, version,
        "INSERT INTO corpus(name,version,root_alias,licence,consent_basis,redistributable) "
        "VALUES('c','1','c','CC0-1.0','consented',1)");
    EXPECT_EQ(kind_thrown_by([&] { (void)Database::open_writer(file); }), ErrorKind::kCatalog);
    EXPECT_EQ(Migrator().migrate(file).from_version, version);
    Database migrated = Database::open_writer(file);
    EXPECT_EQ(migrated.connection().get_text(schema), fresh.connection().get_text(schema));
    EXPECT_EQ(migrated.connection().get_int("SELECT count(*) FROM corpus"), 1);
  }
}

TEST(Migrations, ColumnsThatNobodyUsedGoAndTheirRowsStay) {
  const TempDir folder;
  const std::filesystem::path file = folder / "v6.db";
  make_old_catalog(
      file, 6,
      "INSERT INTO blob(sha256,bytes,media_type,state,created_at,verified_at) "
      "VALUES(zeroblob(32),7,'video/mp4','present','2026-01-01T00:00:00Z','2026-01-02')");
  (void)Migrator().migrate(file);
  Database migrated = Database::open_writer(file);
  Connection& sql = migrated.connection();
  EXPECT_EQ(sql.get_text("SELECT bytes||media_type||state||created_at FROM blob"),
            "7video/mp4present2026-01-01T00:00:00Z");
  EXPECT_EQ(sql.get_int("SELECT count(*) FROM pragma_table_info('blob') WHERE name='verified_at'"),
            0);
  EXPECT_EQ(sql.get_int("SELECT count(*) FROM pragma_table_info('stage_timing') WHERE "
                        "name='device_us'"),
            0);
  EXPECT_EQ(sql.get_int("SELECT count(*) FROM sqlite_schema WHERE name='detector_miss'"), 0);
}

TEST(Migrations, TheSchemaDigestIsThatOfANewCatalog) {
  const TempDir folder;
  Database fresh = Database::create(folder / "c.db");
  EXPECT_EQ(schema_digest(fresh.connection()).hex(), kNewestSchemaDigest) << "put it there";
}

/// What somebody with the file open could do, and what the refusal must name.
TEST_F(MigratorTest, AForeignSchemaIsRefused) {
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"CREATE TRIGGER spy AFTER INSERT ON method BEGIN UPDATE subject SET withdrawn_at=NULL; END",
       "holds a foreign trigger spy"},
      {"DROP VIEW v_bystander_leak; CREATE VIEW v_bystander_leak AS SELECT 1 AS pair_id,'' AS "
       "part,1 AS bystander,'' AS bystander_part WHERE 0",
       "holds another view v_bystander_leak"},
      {"CREATE TABLE notes(text TEXT)", "holds a foreign table notes"},
      {"DROP TRIGGER audit_log_u", "lacks trigger audit_log_u"},
      {"ALTER TABLE corpus ADD COLUMN note TEXT", "holds another table corpus"},
  };
  int n = 0;
  for (const auto& [change, refusal] : changes) {
    const std::filesystem::path file = folder_ / std::to_string(n++) / "c.db";
    Database::create(file).connection().exec(change);
    std::string message;
    EXPECT_EQ(kind_thrown_by([&] { (void)Database::open_reader(file); }, &message),
              ErrorKind::kCatalog);
    EXPECT_THAT(message, testing::HasSubstr(refusal));
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_EQ(kind_thrown_by([&] { (void)Database::open_writer(file); }), ErrorKind::kCatalog);
    EXPECT_EQ(kind_thrown_by([&] { (void)Migrator().migrate(file); }), ErrorKind::kCatalog);
  }
}

TEST_F(MigratorTest, ABlankInsideALiteralIsAnotherTrigger) {
  {
    const Database catalog = Database::create(folder_ / "blank" / "c.db");
    std::string text;
    {
      Query trigger(catalog.connection(),
                    "SELECT sql FROM sqlite_schema WHERE name='dataset_item_i'");
      trigger.bind();
      ASSERT_TRUE(trigger.next());
      trigger.read(text);
    }
    const std::size_t at = text.find("'public'");
    ASSERT_NE(at, std::string::npos);
    catalog.connection().exec("DROP TRIGGER dataset_item_i;" + text.insert(at + 4, " "));
  }
  std::string message;
  EXPECT_EQ(
      kind_thrown_by([&] { (void)Database::open_reader(folder_ / "blank" / "c.db"); }, &message),
      ErrorKind::kCatalog);
  EXPECT_THAT(message, testing::HasSubstr("holds another trigger dataset_item_i"));
}

TEST_F(MigratorTest, AForeignTriggerOfAnOlderSchemaDoesNotSeeTheMigration) {
  (void)Migrator(builtin_migrations()).migrate(file_);
  Database::open_writer(file_).connection().exec(
      "CREATE TRIGGER spy AFTER INSERT ON audit_log BEGIN DELETE FROM method; END");
  std::string message;
  EXPECT_EQ(
      kind_thrown_by(
          [&] { (void)Migrator(with_next("CREATE TABLE extra(x INT) STRICT;")).migrate(file_); },
          &message),
      ErrorKind::kCatalog);
  EXPECT_THAT(message, testing::HasSubstr("foreign trigger spy"));
}

TEST_F(MigratorTest, StatisticsOfSqliteAreNoForeignTables) {
  Database::open_writer(file_).connection().exec("INSERT INTO method VALUES('m',0,'t'); ANALYZE");
  EXPECT_EQ(version(), kNewest);
}

TEST(Migrations, FilesOfOwnJobsAreNoFootageAnyMore) {
  const TempDir folder;
  const std::filesystem::path file = folder / "v5.db";
  make_old_catalog(file, 5, R"sql(
INSERT INTO blob VALUES(zeroblob(32),1,'x','present','t',NULL);
INSERT INTO corpus VALUES(1,'c','1','c','l','consented',1);
INSERT INTO method VALUES('mesh_swap',0,'t');
INSERT INTO subject(subject_id,corpus_id,ext_id) VALUES(1,1,'a'),(2,1,'b');
INSERT INTO media(media_id,corpus_id,rel_path,kind,label,sha256,stream_sha256) VALUES
  (1,1,'a','video','real',NULL,NULL),(2,1,'b','video','real',NULL,x'0303030303030303030303030303030303030303030303030303030303030303'),
  (3,1,'copy','video','real',zeroblob(32),NULL),
  (4,1,'remux','video','real',NULL,x'0101010101010101010101010101010101010101010101010101010101010101');
INSERT INTO split_set VALUES(1,'s','a',1,NULL);
INSERT INTO split_subject VALUES(1,1,1,'train'),(1,2,2,'train');
UPDATE split_set SET frozen_at='t';
INSERT INTO pair_list VALUES(1,'l',1,'x@1',1,'{}',NULL);
INSERT INTO pair(pair_id,list_id,part,stratum,draw_index,source_media,target_media,source_subject,target_subject)
  VALUES(1,1,'train','all',0,1,2,1,2);
UPDATE pair_list SET list_sha256=zeroblob(32);
INSERT INTO run(run_id,kind,list_id,status,started_at,git_commit,git_dirty,config_sha256,config_json,seed,host,env_json)
  VALUES('R1----------------------------------','generate',1,'running','t','c',0,zeroblob(32),'{}',1,'h','{}');
INSERT INTO job(job_id,run_id,pair_id,method,job_key,params_json,seed,state)
  VALUES(1,'R1----------------------------------',1,'mesh_swap',zeroblob(32),'{}',1,'done');
INSERT INTO artifact(job_id,profile,kind,sha256,stream_sha256,n_frames,manipulated_frames) VALUES
  (1,'c23','fake_video',zeroblob(32),x'0202020202020202020202020202020202020202020202020202020202020202',10,6),
  (1,'c23','real_control',zeroblob(32),x'0101010101010101010101010101010101010101010101010101010101010101',10,NULL);
)sql");
  (void)Migrator().migrate(file);
  Database migrated = Database::open_reader(file);
  EXPECT_EQ(
      migrated.connection().get_text(
          "SELECT group_concat(rel_path||': '||coalesce(probe_error,'usable'),', ') FROM media"),
      "a: usable, b: usable, copy: is a fake of this catalog, "
      "remux: is a control of this catalog");
}

}  // namespace
}  // namespace changeling
