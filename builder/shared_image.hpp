// One platform of an image between a build and a shared cache: under which key its record lies, and whether a
// record is about the sources that are here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "builder/compile.hpp"
#include "builder/file_states.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/shared_record.hpp"
#include "common/digest.hpp"

namespace whittle::builder {

// Programs of one image, with where they go; borrows them.
struct SharedPrograms {
  std::span<const CompileRequest> requests;
  std::vector<std::string> paths;  // in the image, without a leading slash; as many
};

// `layers` names all that decides the bytes of layers besides their files: whittle's tar and compressor.
Digest shared_key(const SharedPrograms& programs, const GoToolchain& go, std::string_view layers);

// Whether every program of the record was made from what is here now. Of files, only those of the projects,
// and of folders that their go.mod or go.work names, are looked at: a record with any other is of other
// sources.
bool is_unchanged(const SharedRecord& record, const SharedPrograms& programs, FileStates& states);

// What of the project is not as it was when a program of that main was made from it.
struct ChangedInput {
  FileStates::Kind kind;             // a folder has other names in it
  std::string path;                  // portable, "P/cmd/api/main.go"
  std::vector<std::string> package;  // the import chain that leads to its package; empty: of every package
};
// The first of them by package; nothing when all is as it was.
std::optional<ChangedInput> first_change(const MadeFrom& before, const GoMain& main, FileStates& states);

}  // namespace whittle::builder
