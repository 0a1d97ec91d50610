#include "optimizer/rebuild_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binaries/elf.hpp"
#include "builder/git.hpp"
#include "builder/go_project.hpp"
#include "builder/lock.hpp"
#include "builder/settled_lock.hpp"
#include "builder/spec.hpp"
#include "common/error.hpp"
#include "common/file_digest.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(std::string_view field, std::string_view why) {
  throw Error(ErrorKind::unverified, fmt::format("the provenance's {} {}", field, why))
      .hint("nothing was run; if the image is yours, build it again and compare with `whittle diff`");
}

// A path of the record is one below the root (hostile.md, 247).
fs::path checked_path(std::string_view field, const std::string& text) {
  const fs::path path(text);
  const bool leads_out = path.is_absolute() ||
                         std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (leads_out || text.starts_with('-') || text.find('\0') != std::string::npos)
    refuse(field, fmt::format("is {}, which is no path in the sources", shown(text)));
  return path.lexically_normal();
}

bool has(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The folder at or above `start` that has what the record names.
fs::path find_root(const fs::path& start, const evidence::BuildRecord& record) {
  for (auto folder = start;; folder = folder.parent_path()) {
    const auto& files = record.sources.files;
    const bool is_root = !record.spec_file.empty()
                             ? has(folder / record.spec_file)
                             : std::any_of(files.begin(), files.end(), [&](const auto& file) {
                                 return file.first.ends_with("go.mod") && has(folder / file.first);
                               });
    if (is_root) return folder;
    if (folder == folder.parent_path()) break;
  }
  throw Error(ErrorKind::not_found,
              fmt::format("{} is not in the sources of the image: {} is not there", shown(start.native()),
                          record.spec_file.empty() ? "its go.mod" : shown(record.spec_file)))
      .hint("name its sources with --source DIR, or say --revision in a clone of their repository");
}

fs::path root_of_spec(const fs::path& spec, const std::string& spec_file) {
  const auto relative = fs::path(spec_file);
  auto root = spec;
  for (auto part = relative.end(); part != relative.begin(); root = root.parent_path())
    if (*--part != root.filename())
      refuse("spec", fmt::format("is {}, and -f says {}", shown(spec_file), shown(spec.native())));
  return root;
}

fs::path sources_of(const RebuildWish& wish, const PlanParts& parts, std::vector<std::string>& remarks) {
  const auto& record = parts.record;
  if (!wish.revision)
    return wish.spec.empty() || record.spec_file.empty() ? find_root(wish.source, record)
                                                         : root_of_spec(wish.spec, record.spec_file);
  const auto checkout = builder::GitCheckout::find(wish.source);
  if (!checkout)
    throw Error(ErrorKind::not_found, fmt::format("{} is in no git checkout", shown(wish.source.native())))
        .hint("--source DIR names one");
  if (!record.sources.revision)
    throw Error(ErrorKind::not_found,
                "the provenance names no revision: the sources were modified, or not in git")
        .hint("verify with the sources at hand: leave --revision out");
  const auto folder = checked_path("folder", record.sources.folder).native();
  checkout->check_out(*record.sources.revision, folder == "." ? "" : folder, parts.checkouts, parts.git,
                      parts.stop);
  remarks.push_back(
      fmt::format("sources: commit {}; filters, large file storage and submodules are not applied",
                  *record.sources.revision));
  return (parts.checkouts / folder / "").lexically_normal().parent_path();
}

// The platforms that the image really has; what the record says of them has to agree.
std::vector<layers::Platform> platforms_of(const RebuildWish& wish, const PlanParts& parts) {
  std::vector<layers::Platform> result;
  for (const auto& built : parts.record.platforms) {
    const auto& platform = built.platform;
    if (platform.os != "linux" || !binaries::machine_of(platform.architecture))
      refuse("platform", fmt::format("{} is none that can be built", platform.text()));
    if (!wish.platform || platform.matches(*wish.platform)) result.push_back(platform);
  }
  if (parts.record.root.digest != parts.root.digest)
    refuse("subject", fmt::format("is {}", parts.record.root.digest.text()));
  if (parts.root.media_type == layers::media_type::oci_index) {
    const auto index = layers::parse_index(parts.root, "the image");
    const bool same =
        index.manifests.size() == parts.record.platforms.size() &&
        std::equal(index.manifests.begin(), index.manifests.end(), parts.record.platforms.begin(),
                   [](const auto& one, const auto& built) { return one.digest == built.manifest.digest; });
    if (!same) refuse("platforms", "are not those of the image");
  }
  if (result.empty())
    throw Error(ErrorKind::not_found,
                fmt::format("the image has no platform {}",
                            wish.platform ? wish.platform->text() : std::string("at all")));
  return result;
}

// The spec with the image, as the user's sources have it.
builder::Spec spec_of(const RebuildPlan& plan, const evidence::BuildRecord& record) {
  if (!record.main.empty() && (record.main.starts_with('-') || record.main.starts_with('/')))
    refuse("main", fmt::format("is {}", shown(record.main)));
  if (plan.spec_file.empty()) return builder::spec_for_package(plan.root / plan.folder, record.main, "image");
  auto spec = builder::read_spec(plan.root / plan.spec_file);
  if (!record.main.empty()) return builder::spec_for_package(plan.root / plan.folder, record.main, "image");
  spec.folder = fs::absolute(spec.folder).lexically_normal();
  std::erase_if(spec.images, [&](const auto& image) { return image.name != record.image; });
  if (spec.images.empty())
    refuse("image",
           fmt::format("is {}, which {} does not have", shown(record.image), plan.spec_file.native()));
  return spec;
}

// What is no file of the sources, as a folder above or a socket, counts as missing.
std::optional<Digest> digest_of(const fs::path& file) {
  try {
    return digest_of_file(file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

RebuildPlan plan_for(const RebuildWish& wish, const PlanParts& parts) {
  const auto& record = parts.record;
  RebuildPlan plan;
  plan.platforms = platforms_of(wish, parts);
  plan.spec_file = record.spec_file.empty() ? fs::path() : checked_path("spec", record.spec_file);
  plan.folder = checked_path("folder", record.folder);
  if (!record.profile.empty() && !builder::profile_named(record.profile))
    refuse("profile", fmt::format("is {}", shown(record.profile)));
  constexpr std::int64_t end_of_year_9999 = 253402300799;
  if (record.epoch < 0 || record.epoch > end_of_year_9999)
    refuse("epoch", fmt::format("is {}", record.epoch));
  plan.profile = record.profile;
  plan.epoch = record.epoch;
  const auto lock = builder::parse_lock(canonical(record.lock), "the lock in the provenance");
  plan.lock = builder::lock_text(lock);
  plan.root = sources_of(wish, parts, plan.remarks);
  const auto spec = spec_of(plan, record);
  plan.wanted = record.main.empty() ? record.image : record.main;
  SilentReporter silent;
  std::vector<builder::GoMain> mains;
  for (const auto& binary : spec.images.front().binaries)
    mains.push_back(builder::locate_main(spec.folder, binary.main, silent));
  const auto lock_file = builder::lock_file_of(spec, mains);
  plan.lock_file = fs::absolute(lock_file).lexically_normal().lexically_relative(plan.root);
  if (plan.lock_file.empty() || plan.lock_file.native().starts_with(".."))
    refuse("lock", "would lie outside of the sources");
  if (const auto at_hand = builder::read_lock(lock_file); at_hand && !(*at_hand == lock)) {
    plan.lock_at_hand = builder::lock_text(*at_hand);
    for (const auto& line : builder::differences(lock, *at_hand))
      plan.remarks.push_back(fmt::format("the lock has changed since: {}", line));
  }
  return plan;
}

// The commit at hand, when it is not the recorded one although the files are.
std::optional<std::string> later_head(const RebuildPlan& plan, const evidence::Sources& sources) {
  const auto checkout = sources.revision ? builder::GitCheckout::find(plan.root) : std::nullopt;
  auto head = checkout ? checkout->head() : std::nullopt;
  if (!head || head == sources.revision) return std::nullopt;
  auto changed = changed_sources(sources, plan.root);
  std::erase(changed, plan.lock_file.native());  // the recorded one is used
  return changed.empty() ? head : std::nullopt;
}

}  // namespace

RebuildPlan plan_rebuild(const RebuildWish& wish, const PlanParts& parts) {
  auto plan = plan_for(wish, parts);
  const auto head = wish.revision ? std::nullopt : later_head(plan, parts.record.sources);
  if (!head) return plan;
  try {
    RebuildWish recorded = wish;
    recorded.source = plan.root;
    recorded.revision = true;
    auto of_commit = plan_for(recorded, parts);
    of_commit.remarks.push_back(fmt::format("HEAD is {}; the files of the image are the same there", *head));
    return of_commit;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::unsupported) throw;
    plan.remarks.push_back(
        fmt::format("HEAD is {}, and the recorded commit cannot be built: {}", *head, error.message()));
    return plan;
  }
}

std::vector<std::string> changed_sources(const evidence::Sources& sources, const fs::path& root) {
  std::vector<std::string> changed;
  for (const auto& [path, digest] : sources.files)
    if (digest_of(root / checked_path("source file", path)) != digest) changed.push_back(path);
  return changed;
}

}  // namespace whittle::optimizer
