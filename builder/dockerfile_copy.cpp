// COPY and ADD: where the files of a stage come from.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/dockerfile_interpreter.hpp"
#include "common/error.hpp"
#include "common/glob.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view followed = "it is followed from stage to stage";

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool is_remote(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://") || source.starts_with("git@") ||
         source.starts_with("ftp://");
}

bool is_archive(std::string_view source) {
  static constexpr std::array<std::string_view, 7> ends = {".tar", ".tar.gz",  ".tgz",    ".tar.xz",
                                                           ".txz", ".tar.bz2", ".tar.zst"};
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return source.ends_with(end); });
}

// A path of the context as the scan names it: "./config/", "/config" and "config" are one.
std::string clean(std::string_view path) {
  while (path.starts_with('/') || path.starts_with("./")) path.remove_prefix(path[0] == '/' ? 1 : 2);
  auto result = std::filesystem::path(path).lexically_normal().native();
  while (result.ends_with('/')) result.pop_back();
  return result.empty() ? "." : result;
}

}  // namespace

void DockerfileInterpreter::copy(const Instruction& instruction) {
  if (!instruction.heredocs.empty())
    return add(
        instruction, shapes_image_ ? Fate::not_translated : Fate::not_needed,
        "text in the Dockerfile is not carried over: write it into a file and list that under `files`");
  auto words = expanded_words(instruction);
  if (words.size() < 2) return add(instruction, Fate::not_translated, "it needs a source and a destination");
  const auto to = words.back();
  words.pop_back();
  if (has_mark(to) && shapes_image_)
    return add(instruction, Fate::not_translated, "the destination is not known before the build");
  StageFile like;
  like.path = stage_->absolute(to);
  like.line = instruction.line;
  like.instruction = instruction.text();
  if (const auto chown = instruction.flag("chown")) {
    const auto owner = stage_->resolve_user(stage_->variables.expand(*chown, file_.escape));
    if (owner)
      like.owner = *owner == "root" ? "" : *owner;
    else
      add(instruction, Fate::not_translated,
          fmt::format("the number of {} is not known here: its files belong to root; write `owner`", *chown));
  }
  if (const auto chmod = instruction.flag("chmod")) {
    const bool octal =
        chmod->size() >= 3 && chmod->size() <= 4 && chmod->find_first_not_of("01234567") == std::string::npos;
    if (octal)
      like.mode = chmod->size() == 3 ? "0" + *chmod : *chmod;
    else if (*chmod == "+x" || *chmod == "a+x")
      like.mode = "0755";
    else
      add(instruction, Fate::not_translated,
          fmt::format("--chmod={} is not an octal mode: write `mode`", *chmod));
  }
  const bool into =
      to.ends_with('/') || to == "." || to == ".." || words.size() > 1 || stage_->is_folder(like.path);
  const auto from = instruction.flag("from");
  const auto stage =
      from ? stage_named(*from, static_cast<std::size_t>(stage_ - stages_.data())) : std::nullopt;
  for (const auto& source : words) {
    if (from && !stage && take_known_path(instruction, source, nullptr)) continue;
    if (from && !stage)
      add(instruction, Fate::not_translated,
          fmt::format("files of the image {} are not taken: copy them out once and list them under `files`",
                      *from));
    else if (stage)
      copy_from_stage(instruction, source, *stage, like, into);
    else
      copy_from_context(instruction, source, like, into);
  }
  if (like.path != "/" && into) stage_->folders.insert(like.path);
}

// One file or folder gets its place: a file goes into a folder under its name, what a folder holds goes below
// `like.path`.
void DockerfileInterpreter::place(StageFile file, const StageFile& like, bool into, const std::string& name) {
  file.path = file.is_folder || !into ? like.path : join_path(like.path, name);
  file.owner = like.owner.empty() ? file.owner : like.owner;
  file.mode = like.mode.empty() ? file.mode : like.mode;
  file.line = like.line;
  file.instruction = like.instruction;
  stage_->add(std::move(file));
}

void DockerfileInterpreter::copy_from_context(const Instruction& instruction, const std::string& source,
                                              const StageFile& like, bool into) {
  const auto said = [&](Fate fate, std::string_view what) {
    add(instruction, shapes_image_ ? fate : Fate::not_needed, what);
  };
  if (instruction.name == "ADD" && is_remote(source))
    return add(instruction, Fate::not_translated,
               "nothing is fetched: keep the file among the sources and list it under `files`");
  if (instruction.name == "ADD" && is_archive(source))
    return add(instruction, Fate::not_translated,
               "ADD unpacks archives, `files` does not: unpack it before and list the folder under `files`");
  if (has_mark(source)) return said(Fate::not_translated, "the source is not known before the build");
  const auto path = clean(source);
  std::vector<std::string> paths = {path};
  if (is_pattern(path)) {
    paths.clear();
    for (const auto* names : {&scan_.files, &scan_.folders})
      for (const auto& name : *names)
        if (name != "." && glob_match(path, name)) paths.push_back(name);
    if (paths.empty()) return said(Fate::not_translated, fmt::format("nothing here matches {}", source));
  }
  for (const auto& one : paths) {
    StageFile file;
    file.origin = {Origin::Kind::context, one};
    const auto name = base_name(one);
    const bool named_like_file = !source.ends_with('/') && name.find('.', 1) != std::string::npos;
    file.is_folder = scan_.folders.contains(one) || (!scan_.files.contains(one) && !named_like_file);
    place(std::move(file), like, into, name);
  }
  if (!shapes_image_)
    add(instruction, Fate::not_needed, followed);  // else it is said when all the files are known
}

void DockerfileInterpreter::copy_from_stage(const Instruction& instruction, const std::string& source,
                                            std::size_t from, const StageFile& like, bool into) {
  const auto& other = stages_[from];
  Stage root;  // sources of COPY --from are below the root of that stage, whatever its WORKDIR
  const auto path = root.absolute(source);
  auto found = other.find(path, scan_);
  if (other.is_front_end) return refuse_front_end(instruction, path, other, like.path);
  const bool unknown = std::all_of(found.begin(), found.end(), [](const StageFile& file) {
    return file.origin.kind == Origin::Kind::other;
  });
  if (unknown) {
    if (take_known_path(instruction, path, &other) || guess_binary(instruction, path, like, into)) return;
    const auto why =
        found.empty() ? fmt::format("it is not known where {} comes from", path) : found.front().origin.path;
    return add(
        instruction, shapes_image_ ? Fate::not_translated : Fate::not_needed,
        fmt::format("{}: have it among the sources before `whittle build`, and list it under `files`", why));
  }
  for (auto& file : found) {
    auto destination = like;
    const bool itself = file.path.empty() || is_pattern(path);
    if (!itself) destination.path = join_path(like.path, file.path);  // below a folder that is copied
    const auto name = file.path.empty() ? base_name(path) : base_name(file.path);
    place(std::move(file), destination, itself && (into || is_pattern(path)), name);
  }
  add(instruction, shapes_image_ ? Fate::translated : Fate::not_needed,
      shapes_image_ ? std::string_view("what it copies is in the spec") : followed);
}

// What the front end makes is at best known by where it would lie among the sources.
void DockerfileInterpreter::refuse_front_end(const Instruction& instruction, const std::string& source,
                                             const Stage& from, const std::string& to) {
  std::string made = source;
  for (const auto& file : from.files)
    if (const auto rest = path_below(source, file.path);
        rest && file.is_folder && file.origin.kind == Origin::Kind::context)
      made = join_path(file.origin.path, *rest);
  if (shapes_image_)
    return add(instruction, Fate::not_translated,
               fmt::format("build the front end before `whittle build`, and list what it makes: `files: "
                           "[{{from: {}, to: {}}}]`",
                           made, relocated(to)));
  const auto place = context_of(to);
  add(instruction, Fate::not_translated,
      fmt::format("build the front end before `whittle build`, so that what it makes lies in {}",
                  place ? *place : to));
}

bool DockerfileInterpreter::take_known_path(const Instruction& instruction, const std::string& source,
                                            const Stage* from) {
  const auto known = known_path(source);
  if (!known) return false;
  // Whoever copies passwd and group wants the users of that stage.
  if (from && source == "/etc/passwd") stage_->users.insert(from->users.begin(), from->users.end());
  if (from && (source == "/etc/passwd" || source == "/etc/group"))
    stage_->groups.insert(from->groups.begin(), from->groups.end());
  if (!known->debian.empty()) stage_->packages.insert(std::string(known->debian));
  if (!shapes_image_ || known->debian.empty())
    add(instruction, Fate::not_needed, shapes_image_ ? known->why : "it is for the stage alone");
  else
    add(instruction, Fate::translated,
        known->why.empty() ? fmt::format("package {}", known->debian)
                           : fmt::format("{}: {}, else `packages` brings it", known->debian, known->why));
  return true;
}

// A program that make or a script has compiled is found by its name, or because there is only one.
bool DockerfileInterpreter::guess_binary(const Instruction& instruction, const std::string& source,
                                         const StageFile& like, bool into) {
  const auto name = base_name(source);
  if (name.find('.') != std::string::npos || is_pattern(name)) return false;
  std::vector<const FoundMain*> candidates;
  for (const auto& main : scan_.mains)
    if (main.name == name) candidates.push_back(&main);
  if (candidates.empty() && scan_.mains.size() == 1) candidates.push_back(&scan_.mains.front());
  if (candidates.size() != 1) return false;
  const auto& folder = candidates.front()->folder;
  auto binary = main_in(folder, folder);
  binary.line = instruction.line;
  binaries_.push_back(binary);
  StageFile file;
  file.origin = {Origin::Kind::binary, "", binaries_.size() - 1};
  place(std::move(file), like, into, name);
  add(instruction, Fate::translated,
      fmt::format("what made {} is not followed: taken to be {}; check its tags and ldflags", source,
                  binary.spec.main));
  return true;
}

}  // namespace whittle::builder
