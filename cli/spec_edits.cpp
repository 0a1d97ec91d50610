#include "cli/spec_edits.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "common/yaml.hpp"

namespace whittle::cli {

void write_edits(const builder::Spec& spec, const std::vector<optimizer::SpecEdit>& edits, Session& session) {
  const auto file = session.host().working_directory / spec.file;
  const auto name = spec.file.native();
  const auto text = read_file(file, YamlLimits().bytes);
  if (Digest::of(text) != spec.digest)
    throw Error(ErrorKind::conflict,
                fmt::format("{} changed while its images were measured", escaped(name, false, 4096)))
        .hint("nothing was written; run the command again");
  const auto changed = optimizer::with_edits(text, name, edits);
  builder::parse_spec(changed, name, session.limits());  // what was made of it is a spec still
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0)
    throw_errno(errno, fmt::format("looking at {}", escaped(name, false, 4096)));
  std::error_code unresolved;
  const auto real = std::filesystem::canonical(file, unresolved);
  write_file(unresolved ? file : real, changed, AtomicFile::Durability::synced, status.st_mode & 07777U);
  session.reporter().note(fmt::format("wrote {}:", escaped(name, false, 4096)));
  for (const auto& edit : edits) session.reporter().note("  " + edit.text());
}

}  // namespace whittle::cli
