#include "reports/model/corpus_card.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/sql_query.h"
#include "reports/model/identity_overlap.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/card_rows.h"
#include "tests/support/pruned_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/reports/report_catalog.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "<script>alert(1)</script>|[x](y) `z`\n# \"w\"";

/// Two people who are there, one of them in two clips and one with a licence of their own, one
/// withdrawn, one bystander; two broken files and one that was not probed.
class SmallCorpus {
 public:
  explicit SmallCorpus(const std::string& name = "small") : store_(database_) {
    corpus_ = store_.add_corpus({{}, name, "2", "small", "CC-BY-4.0", "consented", true});
    add_person("p1", "f", 2);
    add_person("p2", "m", 5);
    add_person("p3", "m", {});
    add_person("?a.mp4:1", {}, {});
    store_.withdraw_subject(people_[2]);
    add_clip("a.mp4", {0, 3}, 480, 25, 4'000'000);
    add_clip("b.mp4", {0}, 1080, 30, 20'000'000);
    add_clip("c.mp4", {1}, 720, 25, 5'000'000, "own terms");
    add_clip("d.mp4", {2}, 480, 25, 60'000'000);
    add_broken("e.mp4");
    add_broken("f|g.mp4");
    add_media("h.mp4");
    add_faces();
    add_split();
  }

  Database& database() { return database_; }

  void analyse(std::size_t clip, double side_px, double yaw) {
    TrackRow track;
    track.media_id = media_.at(clip);
    track.last_frame = 9;
    track.side_px = side_px;
    track.yaw_min = -yaw;
    track.yaw_max = 0;
    const Digest digest = sha256("track" + std::to_string(clip));
    track.boxes_sha256 = digest;
    (void)store_.record_tracks(track.media_id, {digest, 10, "application/json", "present"}, {track},
                               {{digest, 10, "application/json", "present"}});
  }

 private:
  void add_faces() {
    analyse(0, 100, 10);
    analyse(1, 200, 50);
  }

  void add_person(const std::string& id, std::optional<std::string> gender,
                  std::optional<int> tone) {
    SubjectRow person;
    person.corpus_id = corpus_;
    person.ext_id = id;
    person.gender = std::move(gender);
    person.skintone = tone;
    people_.push_back(store_.add_subject(person));
  }

  MediaRow add_media(const std::string& path) {
    MediaRow medium;
    medium.corpus_id = corpus_;
    medium.rel_path = path;
    medium.id = store_.add_media(medium);
    return medium;
  }

  void add_clip(const std::string& path, const std::vector<std::size_t>& people, int height_px,
                int fps, std::int64_t duration_us, const std::string& licence = {}) {
    MediaRow medium;
    medium.corpus_id = corpus_;
    medium.rel_path = path;
    if (!licence.empty()) {
      medium.licence = licence;
      medium.redistributable = false;
    }
    medium.id = store_.add_media(medium);
    medium.sha256 = medium.stream_sha256 = sha256(path);
    medium.codec = "h264";
    medium.pix_fmt = "yuv420p";
    medium.width_px = 2 * height_px;
    medium.height_px = height_px;
    medium.fps_num = fps;
    medium.fps_den = 1;
    medium.is_vfr = false;
    medium.n_frames = fps * duration_us / 1'000'000;
    medium.duration_us = duration_us;
    store_.record_probe(medium, 100);
    media_.push_back(medium.id);
    for (const std::size_t person : people) {
      SightingRow sighting;
      sighting.media_id = medium.id;
      sighting.subject_id = people_.at(person);
      sighting.ext_sighting_id = "s";
      store_.add_sighting(sighting);
    }
  }

  void add_broken(const std::string& path) {
    MediaRow medium = add_media(path);
    medium.probe_error = "cannot open '" + path + "': no moov";
    store_.record_probe(medium, 0);
  }

  void add_split() {
    PairStore(database_).add_split({{}, "main", "list@1", 1, {}},
                                   {{people_[0], 0, "train"}, {people_[1], 1, "test"}});
  }

  TempDir folder_;
  Database database_ = Database::create(folder_ / "catalog.db");
  CorpusStore store_;
  CorpusId corpus_;
  std::vector<SubjectId> people_;
  std::vector<MediaId> media_;
};

class CorpusCard : public testing::Test {
 protected:
  [[nodiscard]] json rows(const std::string& id) const { return card_rows(model_, id); }

  SmallCorpus corpus_;
  CardModel model_ = corpus_card(corpus_.database(), "small");
};

TEST_F(CorpusCard, CountsMediaByStateAndBrokenOnesByReasonWithoutTheirPaths) {
  const json broken = {{"kind", "video"},   {"label", "real"}, {"method", ""},
                       {"state", "broken"}, {"media", 2},      {"frames", nullptr},
                       {"seconds", nullptr}};
  const json usable = {{"kind", "video"},   {"label", "real"}, {"method", ""},
                       {"state", "usable"}, {"media", 3},      {"frames", 100 + 600 + 125},
                       {"seconds", 29.0}};
  EXPECT_EQ(rows("media").at(0), broken);
  EXPECT_EQ(rows("media").at(1).at("state"), "not probed");
  EXPECT_EQ(rows("media").at(2).at("state"), "shows somebody withdrawn");
  EXPECT_EQ(rows("media").at(3), usable);
  EXPECT_EQ(rows("broken"), json({{{"reason", "cannot open the file: no moov"}, {"media", 2}}}));
  EXPECT_THAT(render_markdown(model_), Not(HasSubstr("f|g.mp4")));
}

TEST_F(CorpusCard, CountsCopiesOfClipsThatShowSomebodyWithdrawn) {
  CorpusStore store(corpus_.database());
  for (MediaRow& medium : store.media(store.find_corpus("small")->id)) {
    if (medium.rel_path == "c.mp4") {  // p2 is said to be seen, in the bytes of p3's clip
      medium.sha256 = sha256("d.mp4");
      store.record_probe(medium, 100);
    }
  }
  const json media = card_rows(corpus_card(corpus_.database(), "small"), "media");
  EXPECT_EQ(media.at(2).at("state"), "shows somebody withdrawn");
  EXPECT_EQ(media.at(2).at("media"), 2);
}

TEST_F(CorpusCard, CountsPeopleByStandingAndAttributesOfThoseWhoAreThere) {
  EXPECT_EQ(std::get<std::int64_t>(model_.figures.at(1).value), 2);
  const std::string text = render_markdown(model_);
  EXPECT_THAT(text, HasSubstr("2 people are known and there; 1 bystander is unknown"));
  EXPECT_THAT(text, HasSubstr("1 took back their consent, 0 were forgotten"));
  EXPECT_EQ(rows("attributes"),
            json({{{"attribute", "age"}, {"value", "unknown"}, {"people", 2}},
                  {{"attribute", "gender"}, {"value", "f"}, {"people", 1}},
                  {{"attribute", "gender"}, {"value", "m"}, {"people", 1}},
                  {{"attribute", "skin tone"}, {"value", "1-2"}, {"people", 1}},
                  {{"attribute", "skin tone"}, {"value", "5-6"}, {"people", 1}}}));
}

TEST_F(CorpusCard, TellsTermsOfFilesApart) {
  const json terms = rows("terms");
  ASSERT_EQ(terms.size(), 2U);
  EXPECT_EQ(terms.at(0), json({{"licence", "CC-BY-4.0"},
                               {"consent_basis", "consented"},
                               {"redistributable", "yes"},
                               {"media", 6},
                               {"people", 2}}));
  EXPECT_EQ(terms.at(1).at("licence"), "own terms");
  EXPECT_EQ(terms.at(1).at("redistributable"), "no");
  EXPECT_EQ(terms.at(1).at("people"), 1);
}

TEST_F(CorpusCard, SortsShapesIntoBins) {
  const json shapes = rows("shapes");
  const auto media = [&](const std::string& value) {
    const auto found = std::find_if(shapes.begin(), shapes.end(),
                                    [&](const json& row) { return row.at("value") == value; });
    return found == shapes.end() ? 0 : found->at("media").get<int>();
  };
  EXPECT_EQ(media("360-719 px"), 2);
  EXPECT_EQ(media("720-1079 px"), 1);
  EXPECT_EQ(media("1080 px and more"), 1);
  EXPECT_EQ(media("under 5 s"), 1);
  EXPECT_EQ(media("5-15 s"), 1);
  EXPECT_EQ(media("15-60 s"), 1);
  EXPECT_EQ(media("60 s and more"), 1);
  EXPECT_EQ(media("25 fps"), 3);
  EXPECT_EQ(rows("codecs"), json({{{"codec", "h264"}, {"pixels", "yuv420p"}, {"media", 4}}}));
}

TEST_F(CorpusCard, SaysHowManyMediaHaveAnalysedFaces) {
  EXPECT_THAT(render_markdown(model_), HasSubstr("Faces are analysed in 2 of 7 media"));
  EXPECT_EQ(rows("faces").at(0),
            json({{"property", "face size"}, {"value", "192 px and more"}, {"media", 1}}));
  EXPECT_EQ(rows("faces").size(), 4U);
}

TEST_F(CorpusCard, ListsPartsOfSplitsInTheirOrder) {
  const json splits = rows("splits");
  ASSERT_EQ(splits.size(), 2U);
  EXPECT_EQ(
      splits.at(0),
      json({{"split", "main"}, {"part", "train"}, {"people", 1}, {"media", 2}, {"frozen", "yes"}}));
  EXPECT_EQ(splits.at(1).at("part"), "test");
}

TEST_F(CorpusCard, SectionsWithoutRowsSaySo) {
  const std::string text = render_markdown(model_);
  for (const char* sentence :
       {"No fake was made from the corpus.", "No data set version holds clips of the corpus.",
        "No run used a network."}) {
    EXPECT_THAT(text, HasSubstr(sentence));
    EXPECT_THAT(render_html(model_), HasSubstr(sentence));
  }
}

TEST_F(CorpusCard, EveryShownQuestionGivesItsRows) {
  int asked = 0;
  for (const CardSection& section : model_.sections) {
    for (const CardTable& table : section.tables) {
      if (!table.sql.empty()) {
        std::size_t rows = 0;
        run_sql_query(corpus_.database(), table.sql, [&rows](const auto&, const auto&) { ++rows; });
        EXPECT_EQ(rows, table.rows.size()) << table.id;
        ++asked;
      }
    }
  }
  EXPECT_EQ(asked, 9);
}

TEST_F(CorpusCard, GivesTheSameBytesEveryTime) {
  const CardModel again = corpus_card(corpus_.database(), "small");
  EXPECT_EQ(render_json(model_), render_json(again));
  EXPECT_EQ(render_markdown(model_), render_markdown(again));
  EXPECT_EQ(render_html(model_), render_html(again));
  EXPECT_EQ(json::parse(render_json(model_)).at("schema_version"), kCardSchemaVersion);
}

TEST(CorpusCardOfARun, CountsFakesByMethodAndSide) {
  ReportCatalog catalog;
  const CardModel model = corpus_card(catalog.database(), "tiny");
  EXPECT_EQ(card_rows(model, "fakes"), json({{{"method", "mesh_swap"},
                                              {"fakes", 3},
                                              {"as_target", 3},
                                              {"as_source", 3},
                                              {"gone", 0}}}));
  EXPECT_EQ(std::get<std::int64_t>(model.figures.at(2).value), 3);
  prune_run(catalog.database(), catalog.run_id());
  EXPECT_EQ(card_rows(corpus_card(catalog.database(), "tiny"), "fakes").at(0).at("gone"), 3);
}

TEST(CorpusCardText, HostileNamesAreWordsInEveryFormat) {
  SmallCorpus corpus(kHostile);
  const CardModel model = corpus_card(corpus.database(), kHostile);
  const std::string html = render_html(model);
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)"));
  const std::string markdown = render_markdown(model);
  EXPECT_THAT(markdown, HasSubstr("\\<script>alert(1)\\</script>\\|\\[x](y) \\`z\\` # \"w\""));
  EXPECT_THAT(markdown, Not(HasSubstr("\n# \"w\"")));
  EXPECT_EQ(json::parse(render_json(model)).at("subject"), std::string(kHostile) + "@2");
}

TEST(CorpusCardText, AnEmptyCorpusHasSentencesOnly) {
  const TempDir folder;
  Database database = Database::create(folder / "catalog.db");
  CorpusStore(database).add_corpus({{}, "none", "1", "none", "CC0-1.0", "synthetic", true});
  const CardModel model = corpus_card(database, "none");
  EXPECT_THAT(model.headline, HasSubstr("empty"));
  EXPECT_THAT(render_markdown(model), HasSubstr("The corpus has no media."));
  for (const CardSection& section : model.sections) {
    for (const CardTable& table : section.tables) {
      EXPECT_TRUE(table.rows.empty()) << table.id;
      EXPECT_FALSE(table.when_empty.empty()) << table.id;
    }
  }
}

TEST(CorpusCardText, AnUnknownCorpusIsRefused) {
  const TempDir folder;
  Database database = Database::create(folder / "catalog.db");
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)corpus_card(database, "nobody"); }, &message),
            ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("no corpus 'nobody'"));
}

TEST(IdentityOverlap, NamesCorporaThatTheTextNamesAsWords) {
  EXPECT_EQ(identity_overlap("ytf (270 people); Celeb-DF", {"celeb-df", "ytf"}), "celeb-df, ytf");
  EXPECT_EQ(identity_overlap("clips_b, videoclips", {"clips"}), "unknown");
  EXPECT_EQ(identity_overlap("", {"clips"}), "unknown");
  EXPECT_EQ(identity_overlap("about clips", {""}), "unknown");
}

}  // namespace
}  // namespace changeling
