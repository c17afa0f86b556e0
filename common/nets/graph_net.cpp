#include "common/nets/graph_net.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include "common/base/error.h"
#include "common/nets/graph_operators.h"
#include "common/nets/tensor_file.h"
#include "common/weights/imported_model.h"

// Note [Batch]
// The networks were exported with batch 1, and some of their Reshape nodes carry that 1 in a stored
// shape: id512 flattens to [1,-1], the channel shuffles of pose66 are [1,2,C/2,H,W] -> transpose ->
// [1,C,H,W]. A stored shape that begins with 1 is therefore read as "as many as the input has"
// (ONNX writes that as 0). Parity with the exported batch and bit equality of the others are tested
// for every network of the manifest.

namespace changeling {
namespace {

constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);

/// A node with its operator and the places of its values.
struct Step {
  GraphNode node;
  GraphOperator run = nullptr;
  std::vector<std::size_t> inputs;  ///< kNoSlot where an optional input is left out
  std::vector<std::size_t> outputs;
  std::vector<std::size_t> last_use;  ///< values that no later step reads
  bool is_last_relu = false;          ///< Relu of a value that no later step reads
};

/// On CPU the convolutions work on channels-last memory without reordering their input and output,
/// which costs the detector a third of its time otherwise. Shapes and values are the same in either
/// layout. Convolutions choose it by the strides alone, and `contiguous` leaves those of a single
/// channel as they are.
at::Tensor to_fast_layout(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu() || tensor.dim() != 4) {
    return tensor.contiguous();
  }
  const at::Tensor image = tensor.contiguous(at::MemoryFormat::ChannelsLast);
  const std::int64_t width = image.size(3);
  return image.size(1) > 1 ? image
                           : image.as_strided(image.sizes(), {image.size(2) * width, 1, width, 1});
}

/// Whether `x`, which no later step reads, is all that knows its memory: not a view, not stored,
/// not the caller's. With gradients nothing is written over.
bool may_write_over(const at::Tensor& x) {
  return !at::GradMode::is_enabled() && x.use_count() == 1 && x.storage().use_count() == 1;
}

void make_reshape_batchable(GraphNode& node, const std::map<std::string, at::Tensor>& stored) {
  if (node.op != "Reshape" || node.inputs.size() != 2 || stored.count(node.inputs[1]) == 0) {
    return;
  }
  const at::Tensor shape = stored.at(node.inputs[1]).to(at::kLong).contiguous();
  std::vector<std::int64_t> sizes(shape.data_ptr<std::int64_t>(),
                                  shape.data_ptr<std::int64_t>() + shape.numel());
  if (!sizes.empty() && sizes.front() == 1) {
    sizes.front() = 0;
  }
  node.attributes["shape"] = std::move(sizes);
  node.inputs.pop_back();
}

/// Leaves the nodes that the values need. Inputs and stored tensors need none.
void keep_part(GraphDescription& graph, const std::vector<std::string>& values) {
  std::set<std::string> needed(values.begin(), values.end());
  std::vector<GraphNode> kept;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (std::any_of(node->outputs.begin(), node->outputs.end(),
                    [&](const std::string& output) { return needed.count(output) > 0; })) {
      needed.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
  }
  graph.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  graph.outputs = values;
}

bool is_read(const GraphDescription& graph, const std::string& name) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode& node) {
    return std::find(node.inputs.begin(), node.inputs.end(), name) != node.inputs.end();
  });
}

}  // namespace

struct GraphNet::State {
  ModelOrigin origin;
  std::string path;
  c10::Device device = c10::kCPU;
  GraphInput input;
  std::vector<std::string> output_names;
  std::map<std::string, std::size_t> slots;  ///< value name -> place
  std::vector<at::Tensor> stored;            ///< per slot; undefined for computed values
  std::vector<Step> steps;

  State(const std::filesystem::path& safetensors, const GraphPart* part, c10::Device where);

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kModel, "model '" + origin.id + "' (" + path + "): " + what);
  }

  std::size_t define(const std::string& name);
  std::size_t find(const std::string& name) const;
  void add_step(GraphNode node);
  void mark_last_uses();
  void check_input(const at::Tensor& tensor) const;
  std::vector<bool> kept_slots(const std::vector<std::string>& taps) const;
};

GraphNet::State::State(const std::filesystem::path& safetensors, const GraphPart* part,
                       c10::Device where)
    : path(safetensors.string()), device(where) {
  // Weights must take part in autograd later, even when loaded inside a caller's inference mode.
  const c10::InferenceMode normal_tensors(false);
  const ImportedModel model = ImportedModel::open(safetensors);
  origin = model.origin();
  if (!model.graph() || model.graph()->inputs.size() != 1) {
    fail("not a graph with one input");
  }
  GraphDescription graph = *model.graph();
  input = graph.inputs.front();
  if (input.shape.size() != 4 || input.shape.front() != 1) {
    fail("the input must be four-dimensional, exported with batch 1");
  }
  if (std::any_of(input.shape.begin(), input.shape.end(),
                  [](std::int64_t side) { return side < 1; }) ||
      graph.outputs.empty()) {
    fail("an input has sides of at least 1, and something comes out");
  }
  if (part != nullptr) {
    keep_part(graph, part->values);
    input.shape[2] = part->height;
    input.shape[3] = part->width;
  }
  output_names = graph.outputs;
  define(input.name);
  std::map<std::string, at::Tensor> tensors;
  for (const TensorView& view : model.file().tensors()) {
    if (part == nullptr || is_read(graph, view.name)) {
      tensors.emplace(view.name, to_tensor(view));
    }
  }
  for (const auto& [name, tensor] : tensors) {
    // Whole numbers are shapes and indices, which are read on the CPU.
    stored[define(name)] = tensor.is_floating_point() ? to_fast_layout(tensor.to(device)) : tensor;
  }
  for (GraphNode& node : graph.nodes) {
    make_reshape_batchable(node, tensors);
    add_step(std::move(node));
  }
  for (const std::string& name : output_names) {
    (void)find(name);
  }
  mark_last_uses();
}

std::size_t GraphNet::State::define(const std::string& name) {
  if (name.empty() || !slots.emplace(name, stored.size()).second) {
    fail("value '" + name + "' is defined twice or has no name");
  }
  stored.emplace_back();
  return stored.size() - 1;
}

std::size_t GraphNet::State::find(const std::string& name) const {
  const auto found = slots.find(name);
  if (found == slots.end()) {
    fail("no value '" + name + "' (or it is used before it is computed)");
  }
  return found->second;
}

void GraphNet::State::add_step(GraphNode node) {
  Step step;
  step.run = find_graph_operator(node.op);
  for (const std::string& name : node.inputs) {
    step.inputs.push_back(name.empty() ? kNoSlot : find(name));
  }
  for (const std::string& name : node.outputs) {
    step.outputs.push_back(define(name));
  }
  step.node = std::move(node);
  steps.push_back(std::move(step));
}

void GraphNet::State::mark_last_uses() {
  std::vector<bool> used(stored.size());
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    std::vector<std::size_t> values = step->inputs;
    values.insert(values.end(), step->outputs.begin(), step->outputs.end());
    for (const std::size_t slot : values) {
      if (slot != kNoSlot && !used[slot]) {
        used[slot] = true;
        step->last_use.push_back(slot);
        step->is_last_relu |= step->node.op == "Relu" && step->outputs.size() == 1 &&
                              step->inputs == std::vector<std::size_t>{slot};
      }
    }
  }
}

void GraphNet::State::check_input(const at::Tensor& tensor) const {
  const std::vector<std::int64_t>& shape = input.shape;
  if (tensor.scalar_type() != at::kFloat || tensor.dim() != 4 || tensor.size(0) < 1 ||
      tensor.size(1) != shape[1] || tensor.size(2) != shape[2] || tensor.size(3) != shape[3]) {
    std::string found = std::string(at::toString(tensor.scalar_type())) + " (";
    for (const std::int64_t size : tensor.sizes()) {
      found += std::to_string(size) + ",";
    }
    fail("input must be Float (N," + std::to_string(shape[1]) + "," + std::to_string(shape[2]) +
         "," + std::to_string(shape[3]) + "), not " + found + ")");
  }
  if (tensor.device() != device) {
    fail("input is on " + tensor.device().str() + ", the model on " + device.str());
  }
}

std::vector<bool> GraphNet::State::kept_slots(const std::vector<std::string>& taps) const {
  std::vector<bool> kept(stored.size());
  for (const std::vector<std::string>* names : {&output_names, &taps}) {
    for (const std::string& name : *names) {
      kept[find(name)] = true;
    }
  }
  return kept;
}

GraphNet::GraphNet(const std::filesystem::path& safetensors, c10::Device device)
    : state_(std::make_unique<State>(safetensors, nullptr, device)) {}

GraphNet::GraphNet(const std::filesystem::path& safetensors, const GraphPart& part,
                   c10::Device device)
    : state_(std::make_unique<State>(safetensors, &part, device)) {}

GraphNet::~GraphNet() = default;
GraphNet::GraphNet(GraphNet&&) noexcept = default;
GraphNet& GraphNet::operator=(GraphNet&&) noexcept = default;

std::map<std::string, at::Tensor> GraphNet::run(const at::Tensor& input,
                                                const std::vector<std::string>& taps) const {
  state_->check_input(input);
  const std::vector<bool> kept = state_->kept_slots(taps);
  std::vector<at::Tensor> values = state_->stored;
  values[state_->find(state_->input.name)] = to_fast_layout(input);
  for (const Step& step : state_->steps) {
    if (step.is_last_relu && !kept[step.inputs.front()]) {
      at::Tensor x = std::move(values[step.inputs.front()]);
      values[step.outputs.front()] = may_write_over(x) ? at::relu_(x) : at::relu(x);
      continue;
    }
    std::vector<at::Tensor> inputs;
    inputs.reserve(step.inputs.size());
    for (const std::size_t slot : step.inputs) {
      inputs.push_back(slot == kNoSlot ? at::Tensor() : values[slot]);
    }
    std::vector<at::Tensor> outputs = step.run(step.node, inputs);
    if (outputs.size() != step.outputs.size()) {
      state_->fail("operator " + step.node.op + " gave another number of outputs than named");
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      values[step.outputs[i]] = std::move(outputs[i]);
    }
    for (const std::size_t slot : step.last_use) {
      if (!kept[slot]) {
        values[slot] = at::Tensor();
      }
    }
  }
  std::map<std::string, at::Tensor> results;
  const std::vector<std::string>& output_names = state_->output_names;
  for (const std::vector<std::string>* names : {&output_names, &taps}) {
    for (const std::string& name : *names) {
      results[name] = values[state_->find(name)];
    }
  }
  return results;
}

const std::string& GraphNet::id() const {
  return state_->origin.id;
}

const std::vector<std::int64_t>& GraphNet::input_shape() const {
  return state_->input.shape;
}

const std::vector<std::string>& GraphNet::output_names() const {
  return state_->output_names;
}

const std::string& GraphNet::licence() const {
  return state_->origin.licence;
}

const Digest& GraphNet::source_sha256() const {
  return state_->origin.source_sha256;
}

}  // namespace changeling
