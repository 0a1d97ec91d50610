#include "optimizer/restored_program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "binaries/call_sites.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/attached_lines.hpp"
#include "evidence/split_lines.hpp"
#include "optimizer/go_programs.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr std::uint16_t fixed_place = 2;  // ET_EXEC; others are loaded at a multiple of a page
constexpr std::uint64_t in_page = 0xfff;

using Places = std::set<std::vector<SourcePlace>>;  // of several functions, each once

// FNV-1a. Equal hashes are compared by their names afterwards.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

binaries::GoFunctions functions_of(const binaries::RandomAccess& file, const binaries::Elf& elf) {
  auto functions = binaries::GoFunctions::read(file, elf);
  if (!functions) throw Error(ErrorKind::integrity, "the restored program has no function table");
  return std::move(*functions);
}

// The runtime puts these on stacks as if they had called (runtime/asm_*.s): below everything, and where a
// stack was left for another.
bool stands_for_call(std::string_view function) {
  return function == "runtime.goexit" || function == "runtime.systemstack_switch";
}

// The places of those that were printed, and of the last. The runtime leaves some of its own functions out.
std::vector<SourcePlace> printed_places(const std::vector<binaries::GoFrame>& frames,
                                        const std::vector<std::string>& inlined) {
  std::vector<SourcePlace> places;
  auto next = inlined.begin();
  for (std::size_t i = 0; i + 1 < frames.size() && next != inlined.end(); ++i) {
    if (binaries::printed_function_name(frames[i].function) != *next) continue;
    places.push_back({frames[i].file, frames[i].line});
    ++next;
  }
  if (next != inlined.end()) return {};
  places.push_back({frames.back().file, frames.back().line});
  return places;
}

}  // namespace

RestoredProgram::RestoredProgram(const fs::path& file)
    : file_(file),
      elf_(binaries::read_elf(file_)),
      functions_(functions_of(file_, elf_)),
      names_(functions_),
      positions_(file_, elf_, functions_) {
  by_name_.reserve(functions_.count());
  for (std::uint32_t i = 0; i < functions_.count(); ++i)
    by_name_.emplace_back(hash_of(binaries::printed_function_name(names_[i])), i);
  std::sort(by_name_.begin(), by_name_.end());
}

std::vector<std::uint32_t> RestoredProgram::named(std::string_view function) {
  const auto printed = binaries::printed_function_name(function);
  const auto hash = hash_of(printed);
  std::vector<std::uint32_t> found;
  for (auto one = std::lower_bound(by_name_.begin(), by_name_.end(), std::pair(hash, std::uint32_t{0}));
       one != by_name_.end() && one->first == hash; ++one)
    if (binaries::printed_function_name(names_[one->second]) == printed) found.push_back(one->second);
  return found;
}

bool RestoredProgram::knows(std::string_view function) {
  return !named(function).empty();
}

RestoredProgram::Standing RestoredProgram::standing_of(const TracedCall& call, std::uint32_t function) const {
  if (call.interrupted) return {true, true};
  if (stands_for_call(call.function)) return {false, true};
  const auto address = functions_[function].entry + call.offset;
  const auto known = elf_.type == fixed_place ? ~std::uint64_t{0} : in_page;
  if (call.signal_place && (*call.signal_place & known) == (address & known)) return {true, true};
  const auto follows = binaries::follows_call(file_, elf_, address);
  return {!follows.value_or(true), follows.value_or(false)};
}

// What is known of a place that a call returns to is said of the call before it (runtime/traceback.go,
// symPC).
std::vector<binaries::GoFrame> RestoredProgram::frames(const TracedCall& call, std::uint32_t function,
                                                       bool interrupted) {
  if (call.offset > functions_[function].size()) return {};
  return positions_.at(function, interrupted || call.offset == 0 ? call.offset : call.offset - 1);
}

std::vector<SourcePlace> RestoredProgram::places(const TracedCall& call) {
  Places certain;
  Places likely;
  for (const auto function : named(call.function)) {
    const auto standing = standing_of(call, function);
    for (const bool interrupted : {standing.interrupted, !standing.interrupted}) {
      const auto frames = this->frames(call, function, interrupted);
      auto places = frames.empty() ? std::vector<SourcePlace>() : printed_places(frames, call.inlined);
      if (places.empty()) continue;
      (standing.certain && interrupted == standing.interrupted ? certain : likely).insert(std::move(places));
      break;
    }
  }
  const auto& found = certain.empty() ? likely : certain;
  return found.size() == 1 ? *found.begin() : std::vector<SourcePlace>();
}

// The runtime names the function, and the place of what may be inlined in it.
std::optional<SourcePlace> RestoredProgram::place_of_go(const TracedCall& call) {
  std::set<SourcePlace> found;
  for (const auto function : named(call.function)) {
    const auto frames = this->frames(call, function, false);
    if (frames.empty()) continue;
    found.insert({frames.front().file, frames.front().line});
  }
  return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

fs::path restore_program(registry::ImageSource& image, const layers::Descriptor& manifest,
                         const std::string& path, const fs::path& folder, const Limits& limits,
                         const std::stop_token& stop) {
  std::map<Digest, layers::Descriptor> lines;
  for (auto& one : evidence::attached_lines(image, manifest.digest))
    lines.emplace(one.program, std::move(one.blob));
  if (lines.empty())
    throw Error(ErrorKind::not_found,
                fmt::format("no line tables are attached to {}", manifest.digest.text()))
        .hint(
            "traces of an image that was built with `lines: keep` have files and lines already; one that was "
            "copied "
            "has its line tables after `whittle copy --all`");
  std::vector<GoProgram> fitting;
  std::vector<std::string> names;
  for (auto& program : read_programs(image, image.manifest(manifest), {}, folder, limits, stop).programs) {
    if (!lines.contains(program.digest)) continue;
    names.push_back(shown("/" + program.path));
    if (path.empty() || "/" + program.path == path) fitting.push_back(std::move(program));
  }
  if (fitting.empty())
    throw Error(ErrorKind::not_found, path.empty()
                                          ? "the line tables that are attached fit no program of the image"
                                          : fmt::format("the image has no line tables for {}", shown(path)))
        .hint(names.empty() ? std::string("the image was changed after it was built")
                            : fmt::format("it has them for {}", fmt::join(names, ", ")));
  if (fitting.size() > 1)
    throw Error(ErrorKind::usage, "the image has several programs with line tables")
        .hint(fmt::format("choose one with --binary: {}", fmt::join(names, ", ")));
  const auto& program = fitting.front();
  in_context([&] { return fmt::format("putting the line tables of {} back", names.front()); },
             [&] { evidence::restore_lines(image.open_blob(lines.at(program.digest)), program.file); });
  return program.file;
}

}  // namespace whittle::optimizer
