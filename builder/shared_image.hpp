// One platform of an image between a build and a shared cache: under which key its record lies, and whether a
// record is about the sources that are here.
#pragma once

#include <cstddef>
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

// The first input of the record that is not what is here, "P/cmd/api/main.go"; empty when there is none.
std::string first_difference(const SharedRecord& record, const SharedPrograms& programs, FileStates& states);

// Where an input of a program of that main is on this machine.
std::filesystem::path local_path(const GoMain& main, const std::string& portable);

}  // namespace whittle::builder
