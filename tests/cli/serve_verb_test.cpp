// `changeling report serve` with the real program and a real client.
#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "catalog/store/blob_store.h"
#include "common/base/atomic_file.h"
#include "tests/cli/run_program.h"
#include "tests/support/pruned_run.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

class ServeVerb : public testing::Test {
 protected:
  ServeVerb() {
    SimulatedCatalog catalog(folder_.path(), 3, 2);
    SimulatedRun run;
    run.files["fake_video"] = blobs_.put_bytes("0123456789", "video/mp4");
    run.files["mask_alpha"] = blobs_.put_bytes("mask", "video/x-matroska");
    catalog.add_run(run);
    fake_ = run.files["fake_video"].sha256.hex();
    mask_ = run.files["mask_alpha"].sha256.hex();
    write_file_atomically(folder_ / "report/index.html", "<p>report</p>");
    write_file_atomically(folder_ / "report/card/index.html", "<p>card</p>");
  }

  std::vector<std::string> words(const std::string& port) {
    return {built_program("changeling"),
            "report",
            "serve",
            "--port",
            port,
            "--out",
            (folder_ / "report").string(),
            "--catalog",
            (folder_ / "catalog.db").string()};
  }

  /// The port that the program prints when it listens.
  int wait_for_port() {
    for (int tenths = 0; tenths < 100; ++tenths) {
      const std::string text =
          std::filesystem::exists(folder_ / "log") ? read_file(folder_ / "log") : "";
      const std::string prefix = "http://127.0.0.1:";
      const std::size_t at = text.find(prefix);
      if (at != std::string::npos && text.find("/ (", at) != std::string::npos) {
        return std::stoi(text.substr(at + prefix.size()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return 0;
  }

  TempDir folder_;
  BlobStore blobs_{objects_folder(folder_ / "catalog.db")};
  std::string fake_, mask_;
};

TEST_F(ServeVerb, GivesThePageAndRangesOfFakesAndNothingElse) {
  BackgroundProcess server(words("0"), folder_ / "log");
  const int port = wait_for_port();
  ASSERT_GT(port, 0);
  httplib::Client client("127.0.0.1", port);
  EXPECT_EQ(client.Get("/index.html")->body, "<p>report</p>");
  EXPECT_EQ(client.Get("/")->status, 200);
  EXPECT_EQ(client.Get("/card/")->body, "<p>card</p>");
  const auto part = client.Get("/clip/" + fake_, {httplib::make_range_header({{2, 5}})});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, "2345");
  EXPECT_EQ(client.Get("/clip/" + fake_)->body, "0123456789");
  EXPECT_EQ(client.Get("/clip/" + mask_)->status, 404);
  EXPECT_EQ(client.Get("/clip/" + std::string(64, '0'))->status, 404);
  EXPECT_NE(client.Get("/../catalog.db")->status, 200);
  EXPECT_EQ(client.Post("/index.html")->status, 405);
  EXPECT_EQ(client.Delete("/index.html")->status, 405);
  EXPECT_EQ(client.Get("/index.html", {{"Host", "evil.example"}})->status, 403);
  server.signal(15);
  EXPECT_EQ(server.wait(), 0);
}

TEST_F(ServeVerb, SaysOfAClipThatWasPrunedThatItIsGone) {
  {
    Database database = Database::open_writer(folder_ / "catalog.db");
    prune_run(database, RunStore(database).runs().front().run_id);
  }
  BackgroundProcess server(words("0"), folder_ / "log");
  const int port = wait_for_port();
  ASSERT_GT(port, 0);
  httplib::Client client("127.0.0.1", port);
  const auto gone = client.Get("/clip/" + fake_);
  EXPECT_EQ(gone->status, 410);
  EXPECT_THAT(gone->body, testing::HasSubstr("removed on purpose"));
  EXPECT_EQ(client.Get("/clip/" + mask_)->status, 404);
  server.signal(15);
  EXPECT_EQ(server.wait(), 0);
}

TEST_F(ServeVerb, ASecondOneOnThePortIsRefused) {
  BackgroundProcess server(words("0"), folder_ / "log");
  const int port = wait_for_port();
  ASSERT_GT(port, 0);
  // With a limit: a second server that did start would serve for ever.
  std::vector<std::string> second = {"timeout", "10"};
  const std::vector<std::string> serve = words(std::to_string(port));
  second.insert(second.end(), serve.begin(), serve.end());
  const ProcessResult result = run_process(second);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, testing::HasSubstr("is it in use?"));
  server.signal(15);
  EXPECT_EQ(server.wait(), 0);
}

TEST_F(ServeVerb, RefusesAFolderWithoutAReport) {
  std::filesystem::remove(folder_ / "report/index.html");
  const ProcessResult result = run_process(words("0"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, testing::HasSubstr("no index.html"));
  EXPECT_THAT(result.err, testing::HasSubstr("--out one that has: '" +
                                             (folder_ / "report/card").string() + "'"));
  std::filesystem::remove_all(folder_ / "report/card");
  EXPECT_THAT(run_process(words("0")).err, testing::HasSubstr("changeling report build"));
}

}  // namespace
}  // namespace changeling
