#include "catalog/store/database.h"

#include <cerrno>
#include <fstream>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/store/backup.h"
#include "catalog/store/connection.h"
#include "catalog/store/migrator.h"
#include "common/base/atomic_file.h"
#include "common/base/shortage.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/refusal.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

class DatabaseTest : public ::testing::Test {
 protected:
  std::int64_t count_methods() {
    Database reader = Database::open_reader(file_);
    return reader.connection().get_int("SELECT count(*) FROM method");
  }

  TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "c.db";
};

void add_method(Database& database, const std::string& name) {
  RunStore(database).ensure_method({name, false, "compositeCapture"});
}

TEST_F(DatabaseTest, AStatementIsKnownByItsTextNotByWhereTheTextLay) {
  Database database = Database::create(file_);
  std::string sql = "SELECT 1";
  for (const char digit : {'1', '2', '1'}) {
    sql.back() = digit;
    Query query(database.connection(), sql.c_str());
    std::int64_t value = 0;
    query.bind();
    ASSERT_TRUE(query.next());
    query.read(value);
    EXPECT_EQ(value, digit - '0');
  }
}

TEST_F(DatabaseTest, CreateMakesTheNewestSchemaAndNoSecondOne) {
  std::string message;
  {
    const Database database = Database::create(file_);
    EXPECT_TRUE(database.is_writer());
    EXPECT_EQ(database.schema_version(), Migrator().newest_version());
  }
  EXPECT_EQ(kind_thrown_by([&] { Database::create(file_); }, &message), ErrorKind::kCatalog);
  EXPECT_NE(message.find("exists"), std::string::npos);
}

TEST_F(DatabaseTest, AFolderHasOneCatalog) {
  write_file_atomically(folder_.path() / "notes.db", std::string(4096, 'x'));
  {
    SQLite::Database(folder_ / "others.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE t(x)");
  }
  Database::create(file_);
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { Database::create(folder_.path() / "second.db"); }, &message),
            ErrorKind::kCatalog);
  EXPECT_NE(message.find("'" + file_.string() + "' lies there"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "second.db"));
}

TEST_F(DatabaseTest, CreateMakesMissingFolders) {
  file_ = folder_.path() / "new" / "er" / "c.db";
  Database::create(file_);
  EXPECT_EQ(count_methods(), 0);
}

TEST_F(DatabaseTest, WriterHasTheSettingsOfTheRules) {
  Database database = Database::create(file_);
  Connection& connection = database.connection();
  EXPECT_EQ(connection.get_text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(connection.get_int("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(connection.get_int("PRAGMA recursive_triggers"), 1);
  EXPECT_EQ(connection.get_int("PRAGMA synchronous"), 2);
  EXPECT_EQ(connection.get_int("PRAGMA trusted_schema"), 0);
  EXPECT_EQ(connection.get_int("PRAGMA busy_timeout"), 5000);
  connection.exec("PRAGMA writable_schema=ON");
  EXPECT_EQ(kind_thrown_by([&] { connection.exec("DELETE FROM sqlite_schema"); }),
            ErrorKind::kCatalog)
      << "defensive mode";
}

TEST_F(DatabaseTest, TwoWritersAreRefusedAlsoInOneProcess) {
  std::string message;
  {
    const Database first = Database::create(file_);
    EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }, &message), ErrorKind::kCatalog);
    EXPECT_NE(message.find("locked by another writer"), std::string::npos) << message;
    EXPECT_NE(message.find(std::to_string(::getpid())), std::string::npos) << message;
  }
  EXPECT_TRUE(Database::open_writer(file_).is_writer());
}

TEST_F(DatabaseTest, ReadersSeeCommittedRowsAndCannotWrite) {
  Database writer = Database::create(file_);
  add_method(writer, "m");
  Database reader = Database::open_reader(file_);
  EXPECT_FALSE(reader.is_writer());
  EXPECT_EQ(reader.connection().get_int("SELECT count(*) FROM method"), 1);
  EXPECT_EQ(reader.connection().get_int("PRAGMA wal_autocheckpoint"), 0);
  EXPECT_EQ(kind_thrown_by([&] { add_method(reader, "n"); }), ErrorKind::kCatalog);
}

TEST_F(DatabaseTest, ClosingTheWriterEmptiesTheWal) {
  {
    Database writer = Database::create(file_);
    add_method(writer, "m");
    EXPECT_GT(std::filesystem::file_size(file_.string() + "-wal"), 0U);
  }
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(file_.string() + "-wal", missing);
  EXPECT_TRUE(missing || size == 0);
  EXPECT_EQ(count_methods(), 1);
}

TEST_F(DatabaseTest, LastReaderNeverCheckpoints) {
  // A killed writer leaves its WAL; a reader must be able to read it and must leave it.
  const pid_t child = ::fork();
  if (child == 0) {
    Database writer = Database::create(file_);
    add_method(writer, "m");
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const std::uintmax_t before = std::filesystem::file_size(file_.string() + "-wal");
  EXPECT_EQ(count_methods(), 1);
  EXPECT_EQ(std::filesystem::file_size(file_.string() + "-wal"), before);
  Database::open_writer(file_);
  EXPECT_EQ(count_methods(), 1);
}

TEST_F(DatabaseTest, KillInsideATransactionLeavesNoRow) {
  Database::create(file_);
  const pid_t child = ::fork();
  if (child == 0) {
    Database writer = Database::open_writer(file_);
    writer.transaction([&] {
      add_method(writer, "half");
      ::_exit(9);
    });
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 9);
  Database writer = Database::open_writer(file_);  // the lock of the dead process is gone
  EXPECT_EQ(writer.connection().get_int("SELECT count(*) FROM method"), 0);
  EXPECT_EQ(writer.connection().get_text("PRAGMA quick_check"), "ok");
}

TEST_F(DatabaseTest, ExceptionRollsBackAndKeepsItsType) {
  Database writer = Database::create(file_);
  EXPECT_THROW(writer.transaction([&] {
    add_method(writer, "m");
    throw std::runtime_error("stop");
  }),
               std::runtime_error);
  EXPECT_EQ(count_methods(), 0);
  add_method(writer, "m");
  EXPECT_EQ(count_methods(), 1);
}

TEST_F(DatabaseTest, FailureInANestedCallCannotBeCommitted) {
  Database writer = Database::create(file_);
  EXPECT_EQ(kind_thrown_by([&] {
              writer.transaction([&] {
                try {
                  writer.transaction([&] {
                    add_method(writer, "m");
                    throw std::runtime_error("stop");
                  });
                } catch (const std::runtime_error&) {}
              });
            }),
            ErrorKind::kCatalog);
  EXPECT_EQ(count_methods(), 0);
}

TEST_F(DatabaseTest, MissingFileIsAnInputErrorThatNamesInit) {
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }, &message), ErrorKind::kInput);
  EXPECT_NE(message.find("catalog init"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(DatabaseTest, RefusesWhatIsNoCatalog) {
  write_file_atomically(file_, "");
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }), ErrorKind::kCatalog);
  EXPECT_EQ(kind_thrown_by([&] { Database::open_reader(file_); }), ErrorKind::kCatalog);
  write_file_atomically(file_, std::string(8192, 'x'));
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }), ErrorKind::kCatalog);
  std::filesystem::remove(file_);
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE t(x)");
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { Database::open_reader(file_); }, &message), ErrorKind::kCatalog);
  EXPECT_NE(message.find("not a catalog"), std::string::npos) << message;
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }), ErrorKind::kCatalog);
}

TEST_F(DatabaseTest, TruncatedCatalogIsReportedNotCrashedOn) {
  { SmallCatalog catalog(folder_.path() / "big"); }
  const std::filesystem::path big = folder_.path() / "big" / "catalog.db";
  std::filesystem::resize_file(big, std::filesystem::file_size(big) / 2);
  EXPECT_EQ(kind_thrown_by([&] {
              Database database = Database::open_writer(big);
              database.connection().exec(
                  "SELECT count(*) FROM run; SELECT * FROM pair;"
                  "SELECT * FROM media; SELECT * FROM audit_log");
            }),
            ErrorKind::kCatalog);
}

TEST_F(DatabaseTest, NewerSchemaIsReadOnly) {
  {
    Database database = Database::create(file_);
    database.connection().exec("PRAGMA user_version=9");
  }
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }, &message), ErrorKind::kCatalog);
  EXPECT_NE(message.find("schema 9"), std::string::npos) << message;
  EXPECT_NE(message.find("up to " + std::to_string(Migrator().newest_version())), std::string::npos)
      << message;
  EXPECT_EQ(count_methods(), 0);
}

TEST_F(DatabaseTest, OlderSchemaNamesMigrate) {
  {
    Database database = Database::create(file_);
    database.connection().exec("PRAGMA user_version=0");
  }
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }, &message), ErrorKind::kCatalog);
  EXPECT_NE(message.find("catalog migrate"), std::string::npos) << message;
}

TEST_F(DatabaseTest, ChangedMigrationIsRefused) {
  {
    Database database = Database::create(file_);
    database.connection().exec("UPDATE schema_migration SET sql_sha256=zeroblob(32)");
  }
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { Database::open_writer(file_); }, &message), ErrorKind::kCatalog);
  EXPECT_NE(message.find("another text"), std::string::npos) << message;
}

TEST_F(DatabaseTest, FullDiskIsAResourceErrorAndLosesNothing) {
  Database writer = Database::create(file_);
  add_method(writer, "before");
  const std::int64_t pages = writer.connection().get_int("PRAGMA page_count");
  writer.connection().exec("PRAGMA max_page_count=" + std::to_string(pages + 2));
  std::string message;
  EXPECT_EQ(kind_thrown_by(
                [&] {
                  writer.transaction([&] {
                    for (int i = 0; i < 10000; ++i) {
                      add_method(writer, "method " + std::to_string(i) + std::string(100, 'x'));
                    }
                  });
                },
                &message),
            ErrorKind::kResource);
  EXPECT_NE(message.find("free disk space"), std::string::npos) << message;
  EXPECT_EQ(count_methods(), 1);
  writer.connection().exec("PRAGMA max_page_count=1000000");
  add_method(writer, "after");
  EXPECT_EQ(count_methods(), 2);
}

TEST_F(DatabaseTest, TruncateJournalIsKeptByTheFile) {
  { Database database = Database::create(file_, JournalMode::kTruncate); }
  Database database = Database::open_writer(file_);
  EXPECT_EQ(database.connection().get_text("PRAGMA journal_mode"), "truncate");
  add_method(database, "m");
  EXPECT_EQ(count_methods(), 1);
}

TEST_F(DatabaseTest, BackupIsACatalogAndNeverOverwrites) {
  Database writer = Database::create(file_);
  add_method(writer, "m");
  const std::filesystem::path copy = folder_.path() / "copy.db";
  writer.backup_to(copy);
  EXPECT_EQ(kind_thrown_by([&] { writer.backup_to(copy); }), ErrorKind::kInput);
  Database restored = Database::open_writer(copy);
  EXPECT_EQ(restored.connection().get_int("SELECT count(*) FROM method"), 1);
  EXPECT_EQ(restored.connection().get_text("PRAGMA journal_mode"), "wal");
}

TEST_F(DatabaseTest, ABackupThatCannotBeWrittenNamesItsFile) {
  Database writer = Database::create(file_);
  const std::filesystem::path copy = folder_.path() / "copy.db";
  std::filesystem::create_directories(copy.string() + ".part/in-the-way");
  EXPECT_EQ(refusal_of(ErrorKind::kResource, [&] { writer.backup_to(copy); }),
            "cannot write the backup '" + copy.string() + "': File exists");
}

TEST_F(DatabaseTest, ABackupThatFindsNoRoomNamesItsFileAndLeavesNothing) {
  Database writer = Database::create(file_);
  const std::filesystem::path copy = folder_.path() / "copy.db";
  const FileSizeLimit limit(8192);
  const std::string message = refusal_of(ErrorKind::kResource, [&] { writer.backup_to(copy); });
  EXPECT_NE(message.find("'" + copy.string() + ".part'"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(copy));
  EXPECT_FALSE(std::filesystem::exists(copy.string() + ".part"));
}

TEST_F(DatabaseTest, ACatalogThatFindsNoDescriptorSaysSo) {
  { Database::create(file_); }
  std::string message;
  bool is_shortage_of_descriptors = false;
  {
    const NoDescriptors none;
    try {
      const Connection connection(file_, Access::kRead);
    } catch (const DescriptorShortage& shortage) {
      is_shortage_of_descriptors = true;
      message = shortage.what();
    } catch (const Error& error) {
      message = error.what();
    }
  }
  EXPECT_TRUE(is_shortage_of_descriptors) << message;
  EXPECT_THAT(message, testing::EndsWith(": Too many open files"));
}

/// While it lives, SQLite cannot read the files whose name begins with `file`.
class UnreadableFile {
 public:
  explicit UnreadableFile(const std::filesystem::path& file) {
    unreadable = file.string();
    ::sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    EXPECT_EQ(vfs->xSetSystemCall(vfs, "pread64", reinterpret_cast<sqlite3_syscall_ptr>(read)),
              SQLITE_OK);
  }

  ~UnreadableFile() {
    ::sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    vfs->xSetSystemCall(vfs, "pread64", nullptr);
  }

  UnreadableFile(const UnreadableFile&) = delete;
  UnreadableFile& operator=(const UnreadableFile&) = delete;

 private:
  static ssize_t read(int fd, void* bytes, std::size_t size, off64_t at) {
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (std::filesystem::read_symlink(link).string().rfind(unreadable, 0) == 0) {
      errno = ENXIO;
      return -1;
    }
    return ::pread64(fd, bytes, size, at);
  }

  static inline std::string unreadable;
};

TEST_F(DatabaseTest, ABackupOfWhatCannotBeReadNamesTheCatalog) {
  Database::create(file_, JournalMode::kTruncate);
  Database reader = Database::open_reader(file_);
  const std::filesystem::path copy = folder_.path() / "copy.db";
  const UnreadableFile broken(file_);
  EXPECT_EQ(refusal_of(ErrorKind::kResource, [&] { reader.backup_to(copy); }),
            "catalog '" + file_.string() +
                "': disk I/O error; check the disk and its free space, then run again");
  EXPECT_FALSE(std::filesystem::exists(copy.string() + ".part"));
}

/// SQLite's copy says "busy" without a word: what it made by then is no backup.
TEST_F(DatabaseTest, ACatalogThatIsLockedIsNotBackedUpAsAnEmptyOne) {
  Database writer = Database::create(file_);
  writer.connection().exec("PRAGMA journal_mode=DELETE; PRAGMA busy_timeout=1");
  SQLite::Database other(file_.string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN EXCLUSIVE");
  const std::filesystem::path copy = folder_.path() / "copy.db";
  EXPECT_THAT(refusal_of(ErrorKind::kCatalog, [&] { write_backup(writer.connection(), copy); }),
              testing::HasSubstr("locked"));
  EXPECT_FALSE(std::filesystem::exists(copy));
}

TEST_F(DatabaseTest, ReaderCanBackUpALiveCatalogAndStaysAReader) {
  Database writer = Database::create(file_);
  add_method(writer, "m");
  Database reader = Database::open_reader(file_);
  reader.backup_to(folder_.path() / "copy.db");
  EXPECT_EQ(kind_thrown_by([&] { add_method(reader, "n"); }), ErrorKind::kCatalog);
  file_ = folder_.path() / "copy.db";
  EXPECT_EQ(count_methods(), 1);
}

TEST(NetworkFileSystem, KnowsTheirNumbers) {
  EXPECT_TRUE(is_network_file_system(0x6969));
  EXPECT_TRUE(is_network_file_system(0xFF534D42));
  EXPECT_TRUE(is_network_file_system(static_cast<std::int32_t>(0xFE534D42U)));
  EXPECT_FALSE(is_network_file_system(0xEF53));
  EXPECT_FALSE(is_network_file_system(0x01021994)) << "tmpfs";
}

}  // namespace
}  // namespace changeling
