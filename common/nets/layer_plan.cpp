#include "common/nets/layer_plan.h"

#include <algorithm>
#include <string>

#include "common/base/error.h"
#include "common/nets/architectures.h"
#include "common/nets/layer_counter.h"

namespace changeling {
namespace {

struct Node {
  enum class Kind { kInput, kConv, kAdd, kConcat, kUpsample, kMaxPool };
  Kind kind = Kind::kInput;
  ConvLayer conv;
  Activation activation = Activation::kNone;  ///< of a sum
  bool align_corners = false;
  int a = -1;
  int b = -1;
};

[[noreturn]] void refuse(const std::string& layer) {
  throw Error(ErrorKind::kInternal, "the inference engine has no " + layer);
}

/// Writes down layers in the order in which they are built.
class Recorder : public Layers {
 public:
  Feature input(Feature x) { return append(std::move(x), {}); }

  Feature conv(const ConvLayer& layer, const Feature& x) override {
    Node node = of(Node::Kind::kConv, x);
    node.conv = layer;
    return append(counter_.conv(layer, x), node);
  }

  Feature add(const Feature& a, const Feature& b, Activation activation) override {
    Node node = of(Node::Kind::kAdd, a, b);
    node.activation = activation;
    return append(counter_.add(a, b, activation), node);
  }

  Feature concat(const Feature& a, const Feature& b) override {
    return append(counter_.concat(a, b), of(Node::Kind::kConcat, a, b));
  }

  Feature upsample(const Feature& x, bool align_corners) override {
    Node node = of(Node::Kind::kUpsample, x);
    node.align_corners = align_corners;
    return append(counter_.upsample(x, align_corners), node);
  }

  Feature max_pool(const Feature& x, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding) override {
    if (kernel != 2 || stride != 2 || padding != 0) {
      refuse("pooling but 2x2");
    }
    return append(counter_.max_pool(x, kernel, stride, padding), of(Node::Kind::kMaxPool, x));
  }

  Feature batch_norm(const std::string& path, const Feature&) override {
    refuse("batch norm of its own, " + path);
  }

  Feature activate(Activation, const Feature&) override { refuse("activation of its own"); }

  Feature mean(const Feature&) override { refuse("mean"); }

  Feature linear(const std::string& path, std::int64_t, Activation, const Feature&) override {
    refuse("dense layer, " + path);
  }

  Feature dropout(const Feature&) override { refuse("dropout"); }

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

 private:
  static Node of(Node::Kind kind, const Feature& a, const Feature& b = {}) {
    Node node;
    node.kind = kind;
    node.a = a.node;
    node.b = b.node;
    return node;
  }

  Feature append(Feature x, Node node) {
    x.node = static_cast<int>(nodes_.size());
    nodes_.push_back(std::move(node));
    return x;
  }

  LayerCounter counter_;
  std::vector<Node> nodes_;
};

/// Turns recorded nodes into steps.
class Planner {
 public:
  explicit Planner(const std::vector<Node>& nodes)
      : nodes_(nodes), readers_(nodes.size()), sum_of_(nodes.size(), -1) {
    for (int i = 0; i < count(); ++i) {
      for (const int source : {at(i).a, at(i).b}) {
        if (source >= 0) {
          readers(source).push_back(i);
        }
      }
    }
  }

  LayerPlan plan() {
    find_sums();
    find_pads();
    for (int i = 0; i < count(); ++i) {
      add_step(i);
    }
    note_last_reads();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] int count() const { return static_cast<int>(nodes_.size()); }

  [[nodiscard]] const Node& at(int i) const { return nodes_[static_cast<std::size_t>(i)]; }

  std::vector<int>& readers(int i) { return readers_[static_cast<std::size_t>(i)]; }

  int& sum_of(int i) { return sum_of_[static_cast<std::size_t>(i)]; }

  int& pad(int i) { return plan_.pads[static_cast<std::size_t>(i)]; }

  /// A sum is made by the convolution that comes last before it.
  void find_sums() {
    for (int i = 0; i < count(); ++i) {
      if (at(i).kind == Node::Kind::kAdd) {
        const int last = std::max(at(i).a, at(i).b);
        if (at(last).kind != Node::Kind::kConv || readers(last).size() != 1) {
          refuse("sum of two values that are no fresh convolution");
        }
        sum_of(last) = i;
      }
    }
  }

  /// A value carries the widest reflection that a convolution wants of it.
  void find_pads() {
    plan_.pads.assign(nodes_.size(), 0);
    for (int i = 0; i < count(); ++i) {
      const Node& node = at(i);
      if (node.kind == Node::Kind::kConv && node.conv.padding_kind == Padding::kReflection &&
          at(node.a).kind != Node::Kind::kUpsample) {
        pad(node.a) = std::max(pad(node.a), static_cast<int>(node.conv.padding));
      }
    }
  }

  void add_step(int i) {
    const Node& node = at(i);
    PlanStep step;
    step.input = node.a;
    step.other = node.b;
    step.output = i;
    switch (node.kind) {
      case Node::Kind::kInput:
        step.level = levels_++;
        break;
      case Node::Kind::kConv:
        plan_conv(i, step);
        break;
      case Node::Kind::kConcat:
        step.op = PlanStep::Op::kConcat;
        break;
      case Node::Kind::kMaxPool:
        step.op = PlanStep::Op::kMaxPool;
        break;
      case Node::Kind::kAdd:
        return;                    // made by its convolution
      case Node::Kind::kUpsample:  // likewise
        if (readers(i).size() != 1 || at(readers(i).front()).kind != Node::Kind::kConv) {
          refuse("upsampling that is not for one convolution");
        }
        return;
    }
    plan_.steps.push_back(std::move(step));
  }

  void plan_conv(int i, PlanStep& step) {
    const Node& node = at(i);
    const Node& source = at(node.a);
    step.conv = node.conv;
    step.op = readers(i).empty() ? PlanStep::Op::kHead : PlanStep::Op::kConvolve;
    if (source.kind == Node::Kind::kInput) {
      step.level = node.a;
    }
    if (source.kind == Node::Kind::kUpsample) {
      step.input = source.a;
      step.op = upsampled_op(node.conv, source.align_corners);
    }
    if (step.op != PlanStep::Op::kHead) {
      plan_join(i, step);
    }
  }

  static PlanStep::Op upsampled_op(const ConvLayer& conv, bool align_corners) {
    const bool is_3x3 = conv.kernel == 3 && conv.stride == 1 && conv.padding == 1 &&
                        conv.padding_kind == Padding::kReflection;
    if (!align_corners && is_3x3) {
      return PlanStep::Op::kUpsampledConv;
    }
    if (align_corners && conv.kernel == 1 && conv.activation == Activation::kNone) {
      return PlanStep::Op::kAlignedConv;
    }
    refuse("convolution like " + conv.conv + " after upsampling");
  }

  void plan_join(int i, PlanStep& step) {
    const Activation own = at(i).conv.activation;
    const int sum = sum_of(i);
    if (sum < 0) {
      step.join = own == Activation::kRelu ? Join::kRelu : Join::kCopy;
      if (own != Activation::kRelu && own != Activation::kNone) {
        refuse("activation of " + at(i).conv.conv);
      }
      return;
    }
    const Activation after = at(sum).activation;
    if (own == Activation::kNone && after == Activation::kRelu) {
      step.join = Join::kAddThenRelu;
    } else if (own == Activation::kRelu && after == Activation::kNone) {
      step.join = Join::kReluThenAdd;
    } else {
      refuse("sum like that of " + at(i).conv.conv);
    }
    step.output = sum;
    step.other = std::min(at(sum).a, at(sum).b);
  }

  void note_last_reads() {
    std::vector<bool> seen(nodes_.size(), false);
    for (auto step = plan_.steps.rbegin(); step != plan_.steps.rend(); ++step) {
      for (const int value : {step->input, step->other}) {
        if (value >= 0 && !seen[static_cast<std::size_t>(value)]) {
          seen[static_cast<std::size_t>(value)] = true;
          step->done.push_back(value);
        }
      }
    }
  }

  const std::vector<Node>& nodes_;
  std::vector<std::vector<int>> readers_;
  std::vector<int> sum_of_;  ///< per convolution: the sum that it makes
  int levels_ = 0;
  LayerPlan plan_;
};

}  // namespace

LayerPlan plan_network(const NetInfo& info) {
  if (info.kind != NetKind::kMsResUnetV2 && info.kind != NetKind::kMsResUnetV1 &&
      info.kind != NetKind::kSegUnet) {
    throw Error(ErrorKind::kModel, "the inference engine runs MSResUNet and seg_unet, not " +
                                       std::string(to_string(info.kind)));
  }
  Recorder recorder;
  std::vector<Feature> levels;
  for (const Feature& level :
       input_features(info, info.resolution_px, input_level_count(info.kind))) {
    levels.push_back(recorder.input(level));
  }
  build_network(recorder, info, levels);
  return Planner(recorder.nodes()).plan();
}

}  // namespace changeling
