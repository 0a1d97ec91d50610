// Builds one program again, with the settings that it records.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "builder/go_environment.hpp"
#include "builder/go_project.hpp"
#include "builder/go_toolchain.hpp"
#include "optimizer/foreign_settings.hpp"
#include "optimizer/go_programs.hpp"
#include "optimizer/recorded_go.hpp"

namespace whittle::optimizer {

// The linker flags it may have been built with, at most four: those that it records, or where go records none
// (beside -trimpath) the usual ones that leave what the program has left.
std::vector<std::vector<std::string>> possible_linker_flags(const GoProgram& program,
                                                            const ForeignSettings& settings);

struct ForeignBuild {
  const ForeignSettings& settings;
  const builder::GoMain& main;
  const builder::GoToolchain& go;
  std::filesystem::path work;  // an existing folder, for the executable and what go needs meanwhile
  const GoTools& tools;
};

// The executable. No C compiler is run. Error(source) with go's words when it does not compile.
std::filesystem::path build_program(const ForeignBuild& build, const std::vector<std::string>& linker_flags);

}  // namespace whittle::optimizer
