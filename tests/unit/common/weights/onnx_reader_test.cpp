#include "common/weights/onnx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "tests/support/refusal.h"
#include "tests/unit/common/weights/wire_writer.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& bytes) {
  return refusal_of(ErrorKind::kModel, [&] { (void)read_onnx(bytes, "bad.onnx"); });
}

/// A model whose single node carries `attribute`.
std::string with_attribute(const std::string& attribute) {
  const std::string node =
      bytes_field(1, "x") + bytes_field(2, "y") + bytes_field(4, "Op") + bytes_field(5, attribute);
  return bytes_field(7, bytes_field(1, node) + bytes_field(11, onnx_value("x", {1})) +
                            bytes_field(12, onnx_value("y", {1})));
}

GraphAttribute read_attribute(const std::string& attribute) {
  return read_onnx(with_attribute(bytes_field(1, "a") + attribute), "x")
      .graph.nodes.at(0)
      .attributes.at("a");
}

TEST(OnnxReader, ReadsNodesTensorsInputsAndOutputs) {
  const OnnxModel model = read_onnx(tiny_onnx(false), "tiny");
  ASSERT_EQ(model.graph.nodes.size(), 2U);
  EXPECT_EQ(model.graph.nodes[0].op, "Mul");
  EXPECT_THAT(model.graph.nodes[0].inputs, ElementsAre("x", "scale"));
  EXPECT_THAT(model.graph.nodes[1].outputs, ElementsAre("y"));
  ASSERT_EQ(model.graph.inputs.size(), 1U) << "the initializer is no input";
  EXPECT_EQ(model.graph.inputs[0].name, "x");
  EXPECT_THAT(model.graph.inputs[0].shape, ElementsAre(1, 1, 1, 2));
  EXPECT_THAT(model.graph.outputs, ElementsAre("y"));
  ASSERT_EQ(model.tensors.size(), 1U);
  EXPECT_EQ(model.tensors[0].bytes, float_bytes({2, -3}));
  EXPECT_THAT(model.tensors[0].shape, ElementsAre(1, 1, 1, 2));
}

TEST(OnnxReader, TurnsConstantsIntoTensors) {
  const OnnxModel model = read_onnx(tiny_onnx(true), "tiny");
  EXPECT_EQ(model.graph.nodes.size(), 2U);
  ASSERT_EQ(model.tensors.size(), 1U);
  EXPECT_EQ(model.tensors[0].name, "scale");
}

TEST(OnnxReader, ReadsEveryKindOfAttribute) {
  EXPECT_EQ(std::get<std::int64_t>(read_attribute(number_field(3, static_cast<std::uint64_t>(-2)))),
            -2);
  EXPECT_EQ(std::get<float>(read_attribute(float_field(2, 0.5F))), 0.5F);
  EXPECT_EQ(std::get<std::string>(read_attribute(bytes_field(4, "constant"))), "constant");
  const std::vector<std::int64_t> integers = {3, 300};
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(
                read_attribute(number_field(8, 3) + number_field(8, 300))),
            integers);
  EXPECT_EQ(
      std::get<std::vector<std::int64_t>>(read_attribute(bytes_field(8, varint(3) + varint(300)))),
      integers);
  const std::vector<float> floats = {1.5F, -2};
  EXPECT_EQ(std::get<std::vector<float>>(read_attribute(float_field(7, 1.5F) + float_field(7, -2))),
            floats);
  EXPECT_EQ(std::get<std::vector<float>>(read_attribute(bytes_field(7, float_bytes({1.5F, -2})))),
            floats);
}

TEST(OnnxReader, GraphSurvivesItsJson) {
  GraphDescription graph = read_onnx(tiny_onnx(false), "tiny").graph;
  graph.nodes[0].attributes = {{"i", std::int64_t{1}},
                               {"f", 0.1F},
                               {"s", std::string("text")},
                               {"is", std::vector<std::int64_t>{1, 2}},
                               {"fs", std::vector<float>{0.1F, 1}}};
  const GraphDescription back = graph_from_json(to_json(graph), "x");
  EXPECT_EQ(back.nodes[0].attributes, graph.nodes[0].attributes);
  EXPECT_EQ(to_json(back), to_json(graph));
  EXPECT_THROW((void)graph_from_json(R"({"nodes":[{}]})", "x"), Error);
}

TEST(OnnxReader, RefusesDamage) {
  EXPECT_THAT(refusal(""), HasSubstr("no graph"));
  EXPECT_THAT(refusal(std::string("\x3a\xFF", 2)), HasSubstr("ends early"));
  EXPECT_THAT(refusal(bytes_field(7, "") + std::string("\x3a\x7F", 2)),
              HasSubstr("message ends early"));
  EXPECT_THAT(refusal(std::string(12, '\xFF')), HasSubstr("longer than 10 bytes"));
  EXPECT_THAT(refusal(std::string(1, '\0') + "x"), HasSubstr("bad field number"));
  EXPECT_THAT(refusal("\x0b"), HasSubstr("unknown wire type"));
  EXPECT_THAT(refusal(number_field(7, 1)), HasSubstr("message was expected"));
}

TEST(OnnxReader, RefusesWrongTensors) {
  const auto graph_with = [](const std::string& tensor) {
    return bytes_field(7, bytes_field(5, tensor));
  };
  EXPECT_THAT(refusal(graph_with(onnx_tensor("t", {3}, {1, 2}))), HasSubstr("8 bytes of raw_data"));
  EXPECT_THAT(refusal(graph_with(number_field(2, 10) + bytes_field(8, "half"))),
              HasSubstr("data type 10"));
  EXPECT_THAT(refusal(graph_with(onnx_tensor("t", {static_cast<std::uint64_t>(-1)}, {}))),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refusal(graph_with(onnx_tensor("t", {1ULL << 62U, 1ULL << 62U}, {}))),
              HasSubstr("impossible shape"));
  const std::string tensor = bytes_field(5, onnx_tensor("t", {1}, {1}));
  EXPECT_THAT(refusal(bytes_field(7, tensor + tensor)), HasSubstr("stored twice"));
}

TEST(OnnxReader, DamagedBytesNeverCrash) {
  CounterRng rng(11);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = tiny_onnx(round % 2 == 0);
    for (std::uint64_t edits = 1 + rng.below(4); edits > 0; --edits) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    }
    bytes.resize(rng.below(3) == 0 ? rng.below(bytes.size()) : bytes.size());
    try {
      (void)read_onnx(bytes, "x");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

}  // namespace
}  // namespace changeling
