#include "evidence/attached_lines.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "evidence/attachment.hpp"
#include "evidence/split_lines.hpp"

namespace whittle::evidence {
namespace {

constexpr std::string_view program_annotation = "vnd.whittle.program";
constexpr std::string_view title_annotation = "org.opencontainers.image.title";

AttachedLines lines_in(const std::string& what, const layers::Descriptor& blob) {
  const auto program = blob.annotations.find(std::string(program_annotation));
  if (program == blob.annotations.end())
    throw Error(ErrorKind::integrity,
                fmt::format("{} does not say which program's line tables it has", what));
  if (blob.size > largest_split_lines)
    throw Error(ErrorKind::limit,
                fmt::format("the line tables in {} have {} bytes, more than the limit of {}", what, blob.size,
                            largest_split_lines));
  return {in_context([&] { return what; }, [&] { return Digest::parse(program->second); }), blob};
}

}  // namespace

layers::Annotations annotations_of_lines(const std::string& path, const Digest& program) {
  return {{std::string(title_annotation), path + ".lines"},
          {std::string(program_annotation), program.text()}};
}

std::vector<AttachedLines> attached_lines(registry::ImageSource& image, const Digest& subject) {
  std::vector<AttachedLines> found;
  for_each_artifact(image, subject, split_lines_type,
                    [&](const auto& what, const auto& blob) { found.push_back(lines_in(what, blob)); });
  return found;
}

}  // namespace whittle::evidence
