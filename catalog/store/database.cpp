#include "catalog/store/database.h"

#include <string>
#include <utility>
#include <vector>

#include "catalog/store/backup.h"
#include "catalog/store/catalog_folder.h"
#include "catalog/store/connection.h"
#include "catalog/store/migrator.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {

struct Database::State {
  State(const std::filesystem::path& file, Access access) : connection(file, access) {}

  std::unique_ptr<WriterLock> lock;  // first: released after the connection is closed
  Connection connection;
  int depth = 0;           ///< nested transaction() calls
  bool abandoned = false;  ///< a nested call threw: the outer one must not commit
};

namespace {

void check_version(Connection& connection, bool is_writer) {
  connection.check_is_catalog();
  const Migrator migrator;
  const int found = connection.schema_version();
  const int newest = migrator.newest_version();
  if (found < newest) {
    throw Error(ErrorKind::kCatalog, "catalog '" + connection.file().string() + "' has schema " +
                                         std::to_string(found) + ", this program needs " +
                                         std::to_string(newest) +
                                         ": run 'changeling catalog migrate'");
  }
  if (is_writer && found > newest) {
    throw newer_schema_error(connection.file(), found, newest);
  }
  if (found == newest) {
    migrator.check_applied(connection);
  }
}

void require_folder_of_its_own(const std::filesystem::path& path) {
  const std::vector<std::filesystem::path> others = catalogs_beside(path);
  if (!others.empty()) {
    throw Error(ErrorKind::kCatalog, "catalog '" + path.string() +
                                         "' needs a folder of its own: '" +
                                         others.front().string() +
                                         "' lies there, and both would use its objects/ and "
                                         "corpus_roots.json");
  }
}

void build_new_file(const std::filesystem::path& part, JournalMode mode) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove(part.string() + suffix);
  }
  Connection connection(part, Access::kCreate);
  Migrator().create(connection);
  connection.exec(mode == JournalMode::kWal ? "PRAGMA journal_mode=WAL"
                                            : "PRAGMA journal_mode=TRUNCATE");
}

}  // namespace

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}

Database::Database(Database&&) noexcept = default;

Database& Database::operator=(Database&& other) noexcept {
  std::swap(state_, other.state_);  // the old connection closes with `other`
  return *this;
}

Database::~Database() {
  if (state_ && is_writer()) {
    state_->connection.try_exec("PRAGMA optimize");
    state_->connection.try_exec(
        "PRAGMA busy_timeout=200");  // readers in the way: the next writer checkpoints
    state_->connection.try_exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
}

void Database::check_is_free(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) {
    throw Error(ErrorKind::kCatalog, "catalog '" + path.string() + "' exists already");
  }
  require_folder_of_its_own(path);
}

Database Database::create(const std::filesystem::path& path, JournalMode mode) {
  if (path.has_parent_path()) {
    std::error_code ignored;  // a folder that cannot be made shows when the lock file is opened
    std::filesystem::create_directories(path.parent_path(), ignored);
  }
  auto lock = std::make_unique<WriterLock>(lock_catalog(path));
  check_is_free(path);
  const std::filesystem::path part = path.string() + ".part";
  build_new_file(part, mode);
  publish_file(part, path);
  auto state = std::make_unique<State>(path, Access::kWrite);
  state->lock = std::move(lock);
  return open(std::move(state));
}

Database Database::open_writer(const std::filesystem::path& path) {
  require_catalog_file(path);
  auto lock = std::make_unique<WriterLock>(lock_catalog(path));
  auto state = std::make_unique<State>(path, Access::kWrite);
  state->lock = std::move(lock);
  return open(std::move(state));
}

Database Database::open(std::unique_ptr<State> state) {
  check_version(state->connection, true);
  if (state->connection.get_text("PRAGMA journal_mode") != "wal") {
    state->connection.exec("PRAGMA journal_mode=TRUNCATE");  // not remembered by the file itself
  }
  return Database(std::move(state));
}

Database Database::open_reader(const std::filesystem::path& path) {
  require_catalog_file(path);
  refuse_network_file_system(path);
  auto state = std::make_unique<State>(path, Access::kRead);
  check_version(state->connection, false);
  return Database(std::move(state));
}

/// One level of transaction(): leaving without done() abandons the whole transaction.
class Database::Level {
 public:
  Level(State& state, const char* begin) : state_(state) {
    if (state_.depth == 0) {
      state_.connection.exec(begin);
      state_.abandoned = false;
    }
    ++state_.depth;
  }

  ~Level() {
    --state_.depth;
    if (done_) {
      return;
    }
    state_.abandoned = true;
    if (state_.depth == 0) {
      // Fails when SQLite has rolled back by itself (disk full): nothing is left to undo then.
      state_.connection.try_exec("ROLLBACK");
    }
  }

  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  void done() {
    if (state_.depth == 1) {
      if (state_.abandoned) {
        throw Error(ErrorKind::kCatalog, "catalog '" + state_.connection.file().string() +
                                             "': a step of the transaction failed; nothing of it "
                                             "was stored");
      }
      state_.connection.exec("COMMIT");
    }
    done_ = true;
  }

 private:
  State& state_;
  bool done_ = false;
};

void Database::transaction(const std::function<void()>& work) {
  Level level(*state_, is_writer() ? "BEGIN IMMEDIATE" : "BEGIN");
  work();
  level.done();
}

void Database::checkpoint() {
  CHANGELING_REQUIRE(is_writer() && state_->depth == 0, "only an idle writer checkpoints");
  state_->connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

void Database::backup_to(const std::filesystem::path& to) {
  write_backup(state_->connection, to);
}

const std::filesystem::path& Database::path() const {
  return state_->connection.file();
}

bool Database::is_writer() const {
  return state_->lock != nullptr;
}

int Database::schema_version() const {
  return state_->connection.schema_version();
}

Connection& Database::connection() const {
  return state_->connection;
}

}  // namespace changeling
