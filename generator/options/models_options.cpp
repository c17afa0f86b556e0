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

Verb models_init_fsgan_verb() {
  Verb verb;
  verb.name = "init-fsgan";
  verb.summary = "Write untrained networks for the method fsgan";
  verb.description =
      "Seeded random weights in the form that fsgan.weights takes. They swap nothing: what they "
      "paint is noise. They serve trials of the chain and of its speed.";
  verb.examples = {"changeling models init-fsgan --out nets --ngf 8"};
  verb.options = {
      make_option(OptionType::kPath, "models.init.out", "out", "", "Folder to write into."),
      make_int("models.init.ngf", "ngf", "128", "Width of the generators; 128 is full size.", 1,
               512),
      make_int("models.init.resolution", "resolution", "256",
               "Side of the crops that they are made for, px, a multiple of 16.", 32, 1024)};
  verb.program = "changeling-generate";
  return verb;
}

}  // namespace changeling
