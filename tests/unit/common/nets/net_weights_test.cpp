#include "common/nets/net_weights.h"

#include <functional>
#include <limits>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/nets/net_metadata.h"
#include "common/nets/tensor_file.h"
#include "tests/support/net_fill.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::AllOf;
using testing::HasSubstr;

template <typename Work>
std::string model_error(const Work& work) {
  return refusal_of(ErrorKind::kModel, work);
}

class NetWeightsFile : public testing::Test {
 protected:
  static NetInfo info() {
    NetInfo info = ms_res_unet_info(71, 2, {1, 0, 1, 0});
    info.role = "reenactment";
    info.crop_scale = 1.25;
    info.resolution_px = 64;
    info.trained_on = "drawn faces, seed 4";
    info.licence = "MIT";
    info.notes = {{"epoch", "7"}, {"author", "a \"quoted\" name"}};
    return info;
  }

  std::filesystem::path path() const { return folder_ / "net.safetensors"; }

  /// Writes `tensors` with the metadata of info(), whatever they are, and reads them.
  std::string read_error(const TensorMap& tensors) const {
    write_net_weights(path(), filled_weights(info()));
    SafetensorsMetadata metadata = SafetensorsFile::open(path()).metadata();
    write_tensors(path(), tensors);
    Sha256 hash;
    const SafetensorsFile file = SafetensorsFile::open(path());
    for (const TensorView& view : file.tensors()) {
      hash.update(view.bytes);
    }
    metadata["data_sha256"] = hash.finish().hex();
    write_tensors(path(), tensors, metadata);
    return model_error([&] { (void)read_net_weights(path()); });
  }

  /// Writes proper tensors with changed metadata, and reads them.
  std::string read_error(const std::string& key, const std::string& value) const {
    const NetWeights weights = filled_weights(info());
    write_net_weights(path(), weights);
    SafetensorsMetadata metadata = SafetensorsFile::open(path()).metadata();
    metadata.erase(key);
    if (value != "(none)") {
      metadata[key] = value;
    }
    write_tensors(path(), weights.tensors, metadata);
    return model_error([&] { (void)read_net_weights(path()); });
  }

  TempDir folder_;
};

TEST_F(NetWeightsFile, KeepsDescriptionAndTensors) {
  const NetWeights written = filled_weights(info());
  const Digest digest = write_net_weights(path(), written);
  const NetWeights read = read_net_weights(path());
  EXPECT_EQ(digest, sha256_file(path()));
  EXPECT_EQ(read.sha256, digest);
  EXPECT_EQ(to_metadata(read.info, {}), to_metadata(written.info, {}));
  EXPECT_EQ(read.info.notes, info().notes);
  EXPECT_EQ(read.info.flat, info().flat);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (const auto& [name, tensor] : written.tensors) {
    EXPECT_TRUE(at::equal(read.tensors.at(name), tensor)) << name;
  }
}

TEST_F(NetWeightsFile, KeepsThePyramid) {
  NetWeights written = filled_weights(info());
  EXPECT_EQ(to_metadata(written.info, {}).count("pyramid"), 0U);
  write_net_weights(path(), written);
  EXPECT_EQ(read_net_weights(path()).info.pyramid, Halving::kAverage);
  written.info.pyramid = Halving::kPyrDown;
  write_net_weights(path(), written);
  EXPECT_EQ(read_net_weights(path()).info.pyramid, Halving::kPyrDown);
}

TEST_F(NetWeightsFile, StoresBfloat16AndReadsItAsFloat) {
  const NetWeights written = filled_weights(info());
  write_net_weights(path(), written, at::kBFloat16);
  const NetWeights read = read_net_weights(path());
  for (const auto& [name, tensor] : written.tensors) {
    EXPECT_TRUE(at::equal(read.tensors.at(name), tensor.to(at::kBFloat16).to(at::kFloat)));
  }
}

TEST_F(NetWeightsFile, CanBeTrainedAfterReadingInInferenceMode) {
  write_net_weights(path(), filled_weights(info()));
  const c10::InferenceMode inference;
  EXPECT_FALSE(read_net_weights(path()).tensors.begin()->second.is_inference());
  EXPECT_FALSE(random_net_weights(info(), 1).tensors.begin()->second.is_inference());
}

TEST_F(NetWeightsFile, NamesTensorsThatAreMissingOrTooMany) {
  TensorMap tensors = filled_weights(info()).tensors;
  const at::Tensor taken = tensors.at("base.in_conv.1.weight");
  tensors.erase("base.in_conv.1.weight");
  EXPECT_THAT(read_error(tensors),
              AllOf(HasSubstr("'base.in_conv.1.weight' is missing"), HasSubstr("net.safetensors")));
  tensors["base.in_conv.1.weight"] = taken;
  tensors["base.in_conv.1.bias"] = at::zeros({4});
  EXPECT_THAT(read_error(tensors), HasSubstr("'base.in_conv.1.bias' is no part"));
}

TEST_F(NetWeightsFile, NamesBothShapes) {
  TensorMap tensors = filled_weights(info()).tensors;
  tensors["base.in_conv.1.weight"] = at::zeros({4, 101, 7, 7});
  EXPECT_THAT(read_error(tensors), AllOf(HasSubstr("[4,101,7,7]"), HasSubstr("[4,71,7,7]")));
}

TEST_F(NetWeightsFile, RefusesValuesThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    TensorMap tensors = filled_weights(info()).tensors;
    tensors.at("enhancer1.out_conv.1.weight")[1][0][3][2] = value;
    EXPECT_THAT(read_error(tensors), HasSubstr("enhancer1.out_conv.1.weight"));
    NetWeights weights = filled_weights(info());
    weights.tensors = tensors;
    EXPECT_THAT(model_error([&] { write_net_weights(path(), weights); }), HasSubstr("NaN"));
  }
}

TEST_F(NetWeightsFile, RefusesWholeNumbers) {
  TensorMap tensors = filled_weights(info()).tensors;
  tensors["base.in_conv.2.bias"] = at::zeros({4}, at::TensorOptions().dtype(at::kLong));
  EXPECT_THAT(read_error(tensors), HasSubstr("I64"));
}

TEST_F(NetWeightsFile, RefusesDamagedData) {
  write_net_weights(path(), filled_weights(info()));
  std::string bytes = read_file(path());
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 1);
  write_file_atomically(path(), bytes);
  EXPECT_THAT(model_error([&] { (void)read_net_weights(path()); }), HasSubstr("damaged"));
  write_file_atomically(path(), bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(model_error([&] { (void)read_net_weights(path()); }), HasSubstr("net.safetensors"));
  write_file_atomically(path(), "<!DOCTYPE html><html>404</html>");
  EXPECT_THAT(model_error([&] { (void)read_net_weights(path()); }),
              HasSubstr("not a valid safetensors file"));
  EXPECT_THAT(model_error([&] { (void)read_net_weights(folder_ / "absent"); }),
              HasSubstr("no such file"));
}

TEST_F(NetWeightsFile, RefusesMetadataThatCannotBeRead) {
  EXPECT_THAT(read_error("kind", "(none)"), AllOf(HasSubstr("'kind'"), HasSubstr("convert")));
  EXPECT_THAT(read_error("kind", "msresunet_v3"), HasSubstr("msresunet_v3"));
  EXPECT_THAT(read_error("format", "pt"), HasSubstr("changeling-net"));
  EXPECT_THAT(read_error("in", "71x"), HasSubstr("71x"));
  EXPECT_THAT(read_error("in", "99999999999"), HasSubstr("99999999999"));
  EXPECT_THAT(read_error("pyramid", "laplace"), HasSubstr("laplace"));
  EXPECT_THAT(read_error("flat", "2,,2,2"), HasSubstr("flat"));
  EXPECT_THAT(read_error("flat", "2,2,2"), AllOf(HasSubstr("2,2,2"), HasSubstr("length")));
  EXPECT_THAT(read_error("crop_scale", "nan"), HasSubstr("crop_scale"));
  EXPECT_THAT(read_error("data_sha256", "12"), HasSubstr("12"));
  EXPECT_THAT(read_error("ngf", "3"), HasSubstr("[4,71,7,7]")) << "tensors are of another width";
}

TEST(NetWeights, RefusesDescriptionsThatCannotBeBuilt) {
  const auto error = [](const std::function<void(NetInfo&)>& change) {
    NetInfo info = ms_res_unet_info(71, 128);
    change(info);
    return model_error([&] { (void)tensor_layout(info); });
  };
  EXPECT_THAT(error([](NetInfo& info) { info.in = -1; }), HasSubstr("in = '-1'"));
  EXPECT_THAT(error([](NetInfo& info) { info.landmarks = 72; }), HasSubstr("landmarks = '72'"));
  EXPECT_THAT(error([](NetInfo& info) { info.flat[2] = 1 << 30; }), HasSubstr("1073741824"));
  EXPECT_THAT(error([](NetInfo& info) { info.ngf = 0; }), HasSubstr("ngf"));
  EXPECT_THAT(error([](NetInfo& info) { info.out = {}; }), HasSubstr("out"));
  EXPECT_THAT(error([](NetInfo& info) { info.resolution_px = 250; }), HasSubstr("250"));
  EXPECT_THAT(error([](NetInfo& info) {
                info.ngf = 512;
                info.flat = {64, 64, 64, 64};
              }),
              HasSubstr("too large"));
  EXPECT_THAT(error([](NetInfo& info) { info.kind = NetKind::kPatchDiscriminator; }),
              HasSubstr("flat"));
}

TEST(NetWeights, RandomOnesComeFromTheSeedAlone) {
  const NetInfo info = ms_res_unet_info(7, 8);
  const NetWeights a = random_net_weights(info, 3);
  const NetWeights b = random_net_weights(info, 3);
  EXPECT_EQ(a.sha256, b.sha256);
  EXPECT_NE(a.sha256, random_net_weights(info, 4).sha256);
  EXPECT_THAT(a.info.trained_on, AllOf(HasSubstr("nothing"), HasSubstr("seed 3")));
  const at::Tensor filters = a.tensors.at("base.inner.down_block.model.5.weight");
  EXPECT_NEAR(filters.mean().item<double>(), 0, 0.0015);
  EXPECT_NEAR(filters.std().item<double>(), 0.02, 0.001);
  EXPECT_NEAR(a.tensors.at("base.in_conv.2.weight").mean().item<double>(), 1, 0.03);
  EXPECT_TRUE(at::equal(a.tensors.at("base.in_conv.2.bias"), at::zeros({16})));
  EXPECT_TRUE(at::equal(a.tensors.at("base.in_conv.2.running_var"), at::ones({16})));
}

TEST(NetWeights, RandomOnesHaveTheDigestOfTheirFile) {
  const TempDir folder;
  const NetWeights weights = random_net_weights(ms_res_unet_info(4, 2), 9);
  EXPECT_EQ(write_net_weights(folder / "w", weights), weights.sha256);
}

TEST(NetWeights, AreRefusedForAnotherPurposeWithBothValues) {
  NetWeights weights;
  weights.info = ms_res_unet_info(71, 128);
  weights.info.role = "reenactment";
  NetInfo expected = weights.info;
  expected.ngf = 16;
  expected.flat = {1, 1, 1, 1};
  require_net(weights, expected);  // width and depth are the file's own affair
  const auto error = [&](const std::function<void(NetInfo&)>& change) {
    NetInfo other = weights.info;
    change(other);
    return model_error([&] { require_net(weights, other); });
  };
  EXPECT_THAT(error([](NetInfo& info) { info.landmarks = 98; }),
              AllOf(HasSubstr("reenactment"), HasSubstr("'68'"), HasSubstr("'98'")));
  EXPECT_THAT(error([](NetInfo& info) { info.crop_scale = 2; }),
              AllOf(HasSubstr("'1.2'"), HasSubstr("'2'")));
  EXPECT_THAT(error([](NetInfo& info) { info.role = "blending"; }), HasSubstr("blending"));
  EXPECT_THAT(error([](NetInfo& info) { info.kind = NetKind::kMsResUnetV1; }),
              HasSubstr("msresunet_v1"));
  EXPECT_THAT(error([](NetInfo& info) { info.in = 101; }), HasSubstr("'101'"));
  EXPECT_THAT(error([](NetInfo& info) { info.out = {3, 3}; }), HasSubstr("'3,3'"));
  EXPECT_THAT(error([](NetInfo& info) { info.resolution_px = 128; }), HasSubstr("'128'"));
}

}  // namespace
}  // namespace changeling
