// From registered stills to a frame set, with the face networks.
#include "generator/train_data/prepare.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/probing.h"
#include "catalog/corpora/registration.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "common/base/atomic_file.h"
#include "common/media/image_codec.h"
#include "tests/support/landmark_face.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/common/face/face_fixture.h"

namespace changeling {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

class Prepare : public testing::Test {
 protected:
  std::filesystem::path root(const std::string& name) const { return folder_ / name; }

  /// Registers and probes what lies in root(adapter).
  void add_corpus(const std::string& adapter) {
    const CorpusRow corpus =
        register_corpus(database_, roots_, *make_corpus(adapter), adapter, "1", root(adapter))
            .corpus;
    (void)probe_corpus(store_, corpus.id, root(adapter), {});
  }

  /// Everybody into `part` but those named in `others`.
  void split(const std::string& part, const std::map<std::string, std::string>& others = {}) {
    std::vector<SplitSubjectRow> rows;
    for (const CorpusRow& corpus : store_.corpora()) {
      for (const SubjectRow& subject : store_.subjects(corpus.id)) {
        const auto other = others.find(subject.ext_id);
        rows.push_back({subject.id, static_cast<std::int64_t>(rows.size()),
                        other == others.end() ? part : other->second});
      }
    }
    PairStore(database_).add_split({{}, "main", "by hand", 1, {}}, rows);
  }

  PrepareOptions options() const {
    PrepareOptions options;
    options.split = "main";
    options.out = folder_ / "packs";
    options.models_dir = models_folder();
    options.resolution_px = 64;
    options.landmarks = LandmarkSource::kGiven;
    return options;
  }

  TempDir folder_;
  Database database_ = Database::create(folder_ / "c.db");
  CorpusRoots roots_{folder_ / "c.db"};
  CorpusStore store_{database_};
};

/// Two people with a video of two frames each, a third whose face is small.
class PrepareKeypoints : public Prepare {
 protected:
  void SetUp() override {
    std::ostringstream list;
    for (int i = 0; i < 136; ++i) {
      list << "," << i;
    }
    list << "\n";
    LandmarkFace face;
    write_picture(list, "Ann_00.jpg", face);
    face.mouth_open = 0.8F;
    write_picture(list, "Ann_01.jpg", face);
    write_picture(list, "Bo_10.jpg", other_person());
    face.face_width_px = 30;
    write_picture(list, "Cy_00.jpg", face);
    write_file_atomically(root("ytf_keypoints") / "training_frames_keypoints.csv", list.str());
    add_corpus("ytf_keypoints");
    split("train", {{"Bo", "test"}});
  }

  void write_picture(std::ostringstream& list, const std::string& name, const LandmarkFace& face) {
    write_file_atomically(root("ytf_keypoints") / name, encode_jpeg(draw(face), 2));
    list << name;
    for (const PointF& point : landmarks_of(face)) {
      list << "," << point.x - 0.5F << "," << point.y - 0.5F;
    }
    list << "\n";
  }
};

TEST_F(PrepareKeypoints, CutsCropsWithLandmarksAndHulls) {
  const PrepareResult result = prepare_frames(database_, options());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kTooSmall, 1)));
  EXPECT_EQ(result.parts.at("train").frames, 2);
  EXPECT_EQ(result.parts.at("train").sequences, 1);
  EXPECT_EQ(result.parts.at("test").people, 1);
  const FrameSet set = open_frame_set(options().out);
  EXPECT_THAT(set.split, HasSubstr("'main', parts sha256="));
  for (const FrameSetEntry& entry : set.packs) {
    const FramePack pack = read_pack(set, entry);
    EXPECT_EQ(pack.terms.front().corpus, "ytf_keypoints");
    EXPECT_FALSE(pack.terms.front().redistributable);
    for (std::size_t i = 0; i < pack.landmarks.size(); ++i) {
      EXPECT_GT(pack.landmarks[i], 0.02F);
      EXPECT_LT(pack.landmarks[i], 0.98F);
    }
    EXPECT_NEAR(pack.poses[0], 0, 20);
    const auto face = std::count(pack.masks.begin(), pack.masks.end(), char{kMaskFace});
    EXPECT_NEAR(static_cast<double>(face) / static_cast<double>(pack.masks.size()), 0.4, 0.15);
  }
}

TEST_F(PrepareKeypoints, CountsMediaOfSomebodyWithdrawn) {
  for (const SubjectRow& person : store_.subjects(store_.corpora().front().id)) {
    if (person.ext_id == "Cy") {
      store_.withdraw_subject(person.id);
    }
  }
  const PrepareResult result = prepare_frames(database_, options());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kWithdrawn, 1)));
  EXPECT_EQ(to_string(LeftOut::kWithdrawn), "withdrawn");
}

TEST_F(PrepareKeypoints, TwiceGivesTheSameSet) {
  const Digest first = prepare_frames(database_, options()).set.sha256;
  EXPECT_EQ(prepare_frames(database_, options()).set.sha256, first);
}

TEST_F(PrepareKeypoints, CountsChangedFiles) {
  write_file_atomically(root("ytf_keypoints") / "Ann_00.jpg", "changed");
  const PrepareResult result = prepare_frames(database_, options());
  EXPECT_THAT(result.left_out,
              UnorderedElementsAre(Pair(LeftOut::kNotProbed, 1), Pair(LeftOut::kTooSmall, 1)));
  EXPECT_EQ(result.parts.at("train").frames, 1);
}

TEST_F(PrepareKeypoints, CountsLandmarksThatNoFaceCanHave) {
  const std::filesystem::path list = root("ytf_keypoints") / "training_frames_keypoints.csv";
  const std::string before = read_file(list);
  const std::size_t ann = before.find("Ann_00.jpg,") + 11, bo = before.find("Bo_10.jpg,") + 10;
  std::string huge = before, same = before;
  huge.replace(ann, before.find(',', ann) - ann, "1e300");
  std::string points;
  for (int i = 0; i < 136; ++i) {
    points += i == 0 ? "50" : ",50";
  }
  same.replace(bo, before.find('\n', bo) - bo, points);
  for (const std::string& text : {huge, same}) {
    write_file_atomically(list, text);
    EXPECT_THAT(prepare_frames(database_, options()).left_out,
                UnorderedElementsAre(Pair(LeftOut::kBadLandmarks, 1), Pair(LeftOut::kTooSmall, 1)));
  }
  EXPECT_EQ(to_string(LeftOut::kBadLandmarks), "bad_landmarks");
}

TEST_F(PrepareKeypoints, CountsShortSequences) {
  PrepareOptions wanted = options();
  wanted.min_frames = 2;
  const PrepareResult result = prepare_frames(database_, wanted);
  EXPECT_THAT(result.left_out,
              UnorderedElementsAre(Pair(LeftOut::kTooFewFrames, 1), Pair(LeftOut::kTooSmall, 1)))
      << "Bo's one picture; Cy has none that could be too few";
  EXPECT_EQ(result.parts.at("train").frames, 2);
  EXPECT_EQ(result.parts.count("test"), 0U);
}

TEST_F(PrepareKeypoints, ADryRunCountsStillsWithoutLookingAtThem) {
  MediaRow unseen;
  unseen.corpus_id = store_.corpora().front().id;
  unseen.rel_path = "Ann_02.jpg";
  unseen.kind = "image";
  SightingRow sighting;
  sighting.media_id = store_.add_media(unseen);
  sighting.subject_id = store_.subjects(unseen.corpus_id).front().id;
  store_.add_sighting(sighting);
  std::filesystem::remove_all(root("ytf_keypoints"));
  PrepareOptions wanted = options();
  wanted.dry_run = true;
  wanted.models_dir.clear();
  const PrepareResult result = prepare_frames(database_, wanted);
  EXPECT_EQ(result.parts.at("train").people, 2);
  EXPECT_EQ(result.parts.at("train").frames, 3) << "two of Ann, one of Cy";
  EXPECT_EQ(result.parts.at("test").frames, 1);
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kNotProbed, 1)));
  EXPECT_FALSE(std::filesystem::exists(wanted.out));
}

TEST_F(PrepareKeypoints, RefusesToWriteNothing) {
  PrepareOptions wanted = options();
  wanted.min_frames = 3;
  EXPECT_THAT(refusal_of(ErrorKind::kInput, [&] { (void)prepare_frames(database_, wanted); }),
              AllOf(HasSubstr("no crop remains for '" + wanted.out.string()),
                    HasSubstr(" too_few_frames")));
}

TEST_F(PrepareKeypoints, StopsWithoutASet) {
  PrepareOptions wanted = options();
  wanted.stop_requested = [] { return true; };
  EXPECT_TRUE(prepare_frames(database_, wanted).stopped);
  EXPECT_FALSE(std::filesystem::exists(wanted.out / "set.json"));
}

TEST_F(PrepareKeypoints, GoesOnAfterAStopWithoutLookingAtWhatIsDone) {
  PrepareOptions unbroken = options();
  unbroken.out = folder_ / "unbroken";
  const PrepareResult expected = prepare_frames(database_, unbroken);
  int seen = 0;
  PrepareOptions stopped = options();
  stopped.on_medium = [&] { ++seen; };
  stopped.stop_requested = [&] { return seen == 1; };
  EXPECT_TRUE(prepare_frames(database_, stopped).stopped);
  std::filesystem::remove(root("ytf_keypoints") / "Ann_00.jpg");
  const PrepareResult result = prepare_frames(database_, options());
  EXPECT_EQ(result.set.sha256, expected.set.sha256);
  EXPECT_EQ(result.left_out, expected.left_out);
  EXPECT_EQ(result.parts.at("train").median_face_px, expected.parts.at("train").median_face_px);
}

TEST_F(PrepareKeypoints, MasksFromLabelsNeedLabels) {
  PrepareOptions wanted = options();
  wanted.masks = MaskChoice::kLabels;
  EXPECT_EQ(kind_thrown_by([&] { (void)prepare_frames(database_, wanted); }), ErrorKind::kInput);
}

TEST_F(Prepare, TakesHandLabelsAndFindsTheFaceItself) {
  const Frame photo =
      read_image(std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data/astronaut.png");
  const std::vector<std::uint8_t> skin(
      static_cast<std::size_t>(photo.width_px()) * static_cast<std::size_t>(photo.height_px()), 2);
  write_file_atomically(root("fasseg") / "frontal02_train_1.jpg", encode_jpeg(photo, 2));
  write_file_atomically(
      root("fasseg") / "frontal02_train_1_cls.png",
      encode_png(Frame(photo.width_px(), photo.height_px(), PixelFormat::kGray8, skin)));
  add_corpus("fasseg");
  split("train");
  PrepareOptions wanted = options();
  wanted.masks = MaskChoice::kLabels;
  const PrepareResult result = prepare_frames(database_, wanted);
  ASSERT_EQ(result.set.packs.size(), 1U);
  const FramePack pack = read_pack(result.set, result.set.packs.front());
  ASSERT_EQ(pack.frame_count(), 1);
  EXPECT_NEAR(pack.poses[0], 0, 25);
  // The middle of the crop is face, its corners are not, though all is labelled skin.
  const auto side = static_cast<std::size_t>(pack.layout.resolution_px);
  EXPECT_EQ(pack.masks[side * side / 2 + side / 2], char{kMaskFace});
  EXPECT_EQ(pack.masks[side * side - 1], char{kMaskBackground});
}

/// The photo twice, side by side, the left one reduced by a whole number.
Frame twice(int reduction) {
  const Frame photo =
      read_image(std::filesystem::path(CHANGELING_SOURCE_DIR) / "tests/data/astronaut.png");
  const int side = photo.width_px();
  const auto row = static_cast<std::size_t>(side) * 3;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(photo.height_px()) * 2 * row);
  for (int y = 0; y < photo.height_px(); ++y) {
    const std::uint8_t* from = photo.data() + static_cast<std::size_t>(y) * photo.row_bytes();
    std::copy_n(from, row, pixels.data() + static_cast<std::size_t>(y) * 2 * row + row);
    for (int x = 0; x < side && y % reduction == 0; x += reduction) {
      std::copy_n(from + static_cast<std::size_t>(x) * 3, 3,
                  pixels.data() + static_cast<std::size_t>(y / reduction) * 2 * row +
                      static_cast<std::size_t>(x / reduction) * 3);
    }
  }
  return Frame(2 * side, photo.height_px(), PixelFormat::kRgb24, std::move(pixels));
}

/// A release of IJB-C whose pictures show a small face on the left and a large one on the right.
class PrepareIjbc : public Prepare {
 protected:
  enum class Who { kSmall, kLarge, kNobody, kNotSaid };  ///< where the box is

  void picture(const std::string& file, const std::string& subject, const std::string& sighting,
               Who who) {
    write_file_atomically(release_ / "images" / file, picture_);
    rows_ += subject + "," + file + "," + sighting + "," + std::to_string(++n_rows_) + ",";
    switch (who) {
      case Who::kSmall:
        rows_ += "85,32,53,68";
        break;
      case Who::kLarge:
        rows_ += "682,65,106,136";
        break;
      case Who::kNobody:
        rows_ += "300,400,60,60";
        break;
      case Who::kNotSaid:
        rows_ += ",,,";
        break;
    }
    rows_ += "\n";
  }

  PrepareResult prepare(const PrepareOptions& wanted) {
    write_file_atomically(release_ / "protocols/ijbc_metadata.csv",
                          "SUBJECT_ID,FILENAME,SIGHTING_ID,FRAME_NUM,FACE_X,FACE_Y,FACE_WIDTH,"
                          "FACE_HEIGHT\n" +
                              rows_);
    add_corpus("ijbc");
    split("train", {{"2", "val"}});
    return prepare_frames(database_, wanted);
  }

  PrepareOptions wanted() const {
    PrepareOptions wanted = options();
    wanted.landmarks = LandmarkSource::kNetwork;
    return wanted;
  }

  std::filesystem::path release_ = root("ijbc") / "IJB/IJB-C";
  std::string picture_ = encode_png(twice(2));
  std::string rows_;
  int n_rows_ = 0;
};

TEST_F(PrepareIjbc, TakesTheFaceInTheBox) {
  picture("img/1.png", "1", "10", Who::kSmall);
  picture("img/2.png", "2", "20", Who::kLarge);
  const PrepareResult result = prepare(wanted());
  EXPECT_TRUE(result.left_out.empty());
  const double small_px = result.parts.at("train").median_face_px;
  const double large_px = result.parts.at("val").median_face_px;
  EXPECT_NEAR(large_px / small_px, 2, 0.15);
  for (const FrameSetEntry& entry : result.set.packs) {
    const FramePack pack = read_pack(result.set, entry);
    ASSERT_EQ(pack.frame_count(), 1);
    EXPECT_EQ(pack.terms.front().corpus, "ijbc");
    EXPECT_FALSE(pack.terms.front().redistributable);
    EXPECT_NEAR(pack.poses[0], 0, 25);
  }
}

TEST_F(PrepareIjbc, TakesNobodyWhereItIsNotSureWho) {
  picture("img/1.png", "1", "10", Who::kSmall);
  picture("img/2.png", "1", "11", Who::kNobody);
  picture_ = encode_png(twice(1));
  picture("img/3.png", "1", "12", Who::kNotSaid);
  const PrepareResult result = prepare(wanted());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kNoFace, 2)));
  EXPECT_EQ(result.parts.at("train").frames, 1);
}

TEST_F(PrepareIjbc, TakesFramesWithoutAVideo) {
  picture("frames/8.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "3", "30", Who::kLarge);
  picture("frames/10.png", "1", "10", Who::kNobody);
  const PrepareResult result = prepare(wanted());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kNoFace, 1)));
  EXPECT_EQ(result.parts.at("train").sequences, 2);
  EXPECT_EQ(result.parts.at("train").frames, 3);
  for (const FrameSetEntry& entry : result.set.packs) {
    for (const PackSequence& sequence : read_pack(result.set, entry).sequences) {
      EXPECT_THAT(sequence.video, HasSubstr("ijbc/IJB/IJB-C/images/frames/seq-"));
    }
  }
  PrepareOptions large = wanted();
  large.min_face_px = result.parts.at("train").median_face_px * 1.5;  // of small, small, large
  EXPECT_THAT(prepare_frames(database_, large).left_out,
              UnorderedElementsAre(Pair(LeftOut::kNoFace, 1), Pair(LeftOut::kTooSmall, 2)));
}

TEST_F(PrepareIjbc, CountsFramesWithoutASightingOfThePerson) {
  picture("frames/8.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "3", "", Who::kLarge);
  picture("frames/10.png", "3", "", Who::kLarge);  // without anybody else: a still
  const PrepareResult result = prepare(wanted());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kNoSightingId, 1)));
  EXPECT_EQ(result.parts.at("train").frames, 3);
}

TEST_F(PrepareIjbc, CountsFramesThatShowAnotherPart) {
  picture("frames/8.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "2", "20", Who::kLarge);
  picture("img/1.png", "1", "11", Who::kSmall);
  const PrepareResult result = prepare(wanted());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kBystanderLeak, 2)))
      << "the frames of either";
  EXPECT_EQ(result.parts.at("train").frames, 1);
  EXPECT_EQ(result.parts.count("val"), 0U);
}

TEST_F(PrepareIjbc, CountsChangedFramesAndForeseesTheRest) {
  picture("frames/8.png", "1", "10", Who::kSmall);
  picture("frames/9.png", "1", "10", Who::kSmall);
  picture("frames/30.png", "2", "20", Who::kLarge);
  PrepareOptions options = wanted();
  options.dry_run = true;
  const PrepareResult foreseen = prepare(options);
  EXPECT_TRUE(foreseen.left_out.empty());
  EXPECT_EQ(foreseen.parts.at("train").frames, 2);
  EXPECT_EQ(foreseen.parts.at("val").frames, 1);
  write_file_atomically(release_ / "images/frames/9.png", encode_png(twice(1)));
  const PrepareResult result = prepare_frames(database_, wanted());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kNotProbed, 1)));
  EXPECT_EQ(result.parts.count("train"), 0U);
  EXPECT_EQ(result.parts.at("val").frames, 1);
}

}  // namespace
}  // namespace changeling
