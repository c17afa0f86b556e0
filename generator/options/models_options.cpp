#include "generator/options/models_options.h"

#include "common/cli/option_makers.h"

namespace changeling {

Verb models_run_verb() {
  Verb verb;
  verb.name = "run";
  verb.summary = "Run one network on a batch of prepared inputs";
  verb.description =
      "The input file holds one float tensor (N,C,H,W) named 'input', or a single tensor of any "
      "name, "
      "scaled as docs/models.md says for the network; N is free. The output file holds the "
      "network's "
      "outputs by name.";
  verb.examples = {"changeling models run lmk68 --in crops.safetensors --out points.safetensors"};
  verb.positionals = {{"NAME", "Network, see 'changeling models list'.", true, false}};
  verb.options = {
      make_option(OptionType::kPath, "models.in", "in", "", "Safetensors file with the inputs."),
      make_option(OptionType::kPath, "models.out", "out", "", "Safetensors file to write.")};
  verb.program = "changeling-generate";
  return verb;
}

}  // namespace changeling
