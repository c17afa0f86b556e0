// changeling: the thin front program. Runs light verbs itself and becomes the heavy programs for
// the others.
#include "common/cli/command.h"
#include "common/front/dispatch.h"
#include "common/front/verb_table.h"

int main(int argc, char** argv) {
  changeling::ProgramHooks hooks;
  hooks.become = changeling::become_program;
  return changeling::run_program(changeling::verb_table(), changeling::front_functions(), argc,
                                 argv, hooks);
}
