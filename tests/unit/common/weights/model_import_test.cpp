#include "common/weights/model_import.h"

#include <cmath>
#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/weights/imported_model.h"
#include "common/weights/tfjs_manifest.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/common/weights/wire_writer.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A manifest of one good entry; `extra` follows its last member.
std::string entry_json(const std::string& extra) {
  return R"({"models": [{"id": "a", "purpose": "testing", "package": "p", "version": "1.0.0",
    "file": "f.onnx", "sha256": ")" +
         std::string(64, 'a') +
         R"(", "format": "onnx", "licence": "MIT", "trained_on": "unknown",
    "input_shape": [1, 3, 4, 5])" +
         extra + "}]}";
}

TEST(ModelManifest, BuiltinHoldsTheNetworksOfTheChain) {
  std::vector<std::string> ids;
  for (const ModelEntry& entry : ModelManifest::builtin().entries()) {
    ids.push_back(entry.id);
  }
  EXPECT_THAT(ids, ElementsAre("det_rfb320", "lmk68", "id512", "pose66", "id128_dlib",
                               "feat_dn121x", "feat_iv3n"));
  EXPECT_EQ(ModelManifest::builtin().find("pose66").input_shape,
            (std::vector<std::int64_t>{1, 3, 224, 224}));
  EXPECT_THAT(refusal_of(ErrorKind::kConfig, [] { (void)ModelManifest::builtin().find("x"); }),
              HasSubstr("known: det_rfb320"));
}

TEST(ModelManifest, NamesEntryAndKeyOfMistakes) {
  const auto refusal = [](const std::string& json) {
    return refusal_of(ErrorKind::kConfig, [&] { (void)ModelManifest::parse(json); });
  };
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string json = entry_json("");
    return json.replace(json.find(from), from.size(), to);
  };
  EXPECT_EQ(ModelManifest::parse(entry_json("")).entries().size(), 1U);
  EXPECT_THAT(refusal(entry_json(R"(, "colour": "red")")),
              HasSubstr("model 1 'a': unknown key 'colour'"));
  EXPECT_THAT(refusal(R"({"models": [{"id": "a"}]})"), HasSubstr("'purpose' is missing"));
  EXPECT_THAT(refusal(R"({"models": 3})"), HasSubstr("'models' must be a list"));
  EXPECT_THAT(refusal(R"({"models": [)"), HasSubstr("line 1, column"));
  EXPECT_THAT(refusal(R"({"models": [7]})"), HasSubstr("model 1 must be an object"));
  EXPECT_THAT(refusal(changed("f.onnx", "../f.onnx")), HasSubstr("leaves the package"));
  EXPECT_THAT(refusal(changed("aaaa", "zzzz")), HasSubstr("64 hex digits"));
  EXPECT_THAT(refusal(changed("[1, 3", "[0, 3")), HasSubstr("'input_shape'"));
  EXPECT_THAT(refusal(changed("[1, 3", "[1.5, 3")), HasSubstr("'input_shape'"));
}

class ModelImport : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomically(packages() / "p" / "tiny.onnx", tiny_onnx(false));
    entry_.id = "tiny";
    entry_.package = "p";
    entry_.file = "tiny.onnx";
    entry_.format = "onnx";
    entry_.licence = "MIT";
    entry_.trained_on = "unknown";
    entry_.sha256 = sha256(tiny_onnx(false));
  }

  std::filesystem::path packages() const { return folder_.path() / "npm"; }

  std::filesystem::path models() const { return folder_.path() / "models"; }

  std::filesystem::path imported() const { return models() / "tiny.safetensors"; }

  void import() const { import_model(entry_, packages(), models()); }

  TempDir folder_;
  ModelEntry entry_;
};

TEST_F(ModelImport, WritesOriginGraphAndTensors) {
  EXPECT_EQ(import_state(entry_, models()), ImportState::kMissing);
  import();
  EXPECT_EQ(import_state(entry_, models()), ImportState::kImported);
  const ImportedModel model = ImportedModel::open(imported_model_path(models(), "tiny"));
  EXPECT_EQ(model.origin().id, "tiny");
  EXPECT_EQ(model.origin().licence, "MIT");
  EXPECT_EQ(model.origin().source_sha256, entry_.sha256);
  ASSERT_TRUE(model.graph().has_value());
  EXPECT_EQ(model.graph()->nodes.size(), 2U);
  EXPECT_EQ(model.file().find("scale")->bytes, float_bytes({2, -3}));
}

TEST_F(ModelImport, TwoImportsGiveTheSameBytes) {
  import();
  const std::string first = read_file(imported());
  import();
  EXPECT_EQ(read_file(imported()), first);
}

TEST_F(ModelImport, RefusesAnAlteredSource) {
  write_file_atomically(packages() / "p" / "tiny.onnx", tiny_onnx(true));
  const std::string message = refusal_of(ErrorKind::kModel, [&] { import(); });
  EXPECT_THAT(message, HasSubstr(entry_.sha256.hex()));
  EXPECT_THAT(message, HasSubstr("tiny.onnx"));
  EXPECT_FALSE(std::filesystem::exists(imported()));
}

TEST_F(ModelImport, MissingFilesNameTheFetchCommand) {
  std::filesystem::remove_all(packages());
  EXPECT_THAT(refusal_of(ErrorKind::kModel, [&] { import(); }),
              HasSubstr("changeling models fetch"));
  EXPECT_THAT(refusal_of(ErrorKind::kModel, [&] { (void)imported_model_path(models(), "tiny"); }),
              HasSubstr("changeling models fetch"));
  EXPECT_THAT(refusal_of(ErrorKind::kModel, [&] { (void)ImportedModel::open(imported()); }),
              HasSubstr("changeling models fetch"));
}

TEST_F(ModelImport, FindsEveryFlippedByte) {
  import();
  const std::string good = read_file(imported());
  for (const std::size_t place :
       {good.size() - 1, good.size() - 8, good.find("Relu"), good.find("MIT")}) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 1);
    write_file_atomically(imported(), bad);
    EXPECT_EQ(import_state(entry_, models()), ImportState::kDamaged) << "byte " << place;
    EXPECT_THROW((void)ImportedModel::open(imported()), Error);
  }
}

TEST_F(ModelImport, RefusesAModelOfTheManifestFromAnotherSource) {
  write_imported_model(models() / "lmk68.safetensors", {"lmk68", sha256("other"), "MIT", "unknown"},
                       {}, {});
  EXPECT_THAT(refusal_of(ErrorKind::kModel,
                         [&] { (void)ImportedModel::open(models() / "lmk68.safetensors"); }),
              HasSubstr(ModelManifest::builtin().find("lmk68").sha256.hex()));
}

TEST_F(ModelImport, TransposesTfjsLayouts) {
  const std::string manifest = R"([{"weights":[
    {"name":"conv","shape":[1,2,2,3],"dtype":"float32"},{"name":"fc","shape":[2,3],"dtype":"float32"},
    {"name":"bias","shape":[2],"dtype":"float32"}]}])";
  const std::string data =
      float_bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 7, 8});
  write_file_atomically(packages() / "p" / "w.bin", data);
  write_file_atomically(packages() / "p" / "m.json", manifest);
  entry_.format = "tfjs";
  entry_.file = "w.bin";
  entry_.weights_manifest = "m.json";
  entry_.sha256 = sha256(data);
  entry_.weights_manifest_sha256 = sha256(manifest);
  import();
  const ImportedModel model = ImportedModel::open(imported());
  EXPECT_FALSE(model.graph().has_value());
  EXPECT_THAT(model.file().find("conv")->shape, ElementsAre(3, 2, 1, 2));
  EXPECT_EQ(model.file().find("conv")->bytes, float_bytes({0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11}));
  EXPECT_THAT(model.file().find("fc")->shape, ElementsAre(3, 2));
  EXPECT_EQ(model.file().find("fc")->bytes, float_bytes({0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(model.file().find("bias")->bytes, float_bytes({7, 8}));
}

TEST(DlibWeights, SumsAreThoseOfTheOriginalDecoder) {
  const char* assets = std::getenv("CHANGELING_ASSETS_DIR");
  const std::filesystem::path folder =
      (assets != nullptr ? std::filesystem::path(assets)
                         : std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets") /
      "npm" / "@vladmandic/face-api" / "model";
  if (!std::filesystem::exists(folder / "face_recognition_model.bin")) {
    GTEST_SKIP() << "package @vladmandic/face-api is not unpacked; run script/fetch-assets";
  }
  double sum = 0;
  double magnitudes = 0;
  std::size_t count = 0;
  for (const TfjsTensor& tensor :
       read_tfjs_weights(read_file(folder / "face_recognition_model-weights_manifest.json"),
                         read_file(folder / "face_recognition_model.bin"), "dlib")) {
    for (const float value : tensor.values) {
      sum += value;
      magnitudes += std::abs(value);
    }
    count += tensor.values.size();
  }
  EXPECT_EQ(count, 5614592U);
  EXPECT_NEAR(sum, 28098.3448, 1e-3);
  EXPECT_NEAR(magnitudes, 39967.2321, 1e-3);
}

}  // namespace
}  // namespace changeling
