#include "builder/earlier_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/settled_lock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

GitCheckout checkout_of(const BuildContext& build) {
  if (auto checkout = GitCheckout::find(build.spec.folder)) return std::move(*checkout);
  throw Error(ErrorKind::unsupported,
              fmt::format("{} is in no git repository: there is no commit to compare with",
                          shown(build.spec.folder.native())))
      .hint("leave the revision out to compare with what was built last");
}

}  // namespace

EarlierTree::EarlierTree(const BuildContext& build, const std::string& revision)
    : build_(build),
      root_(checkout_of(build).root()),
      folder_(build.cache.temporary()),
      states_(folder_.path() / "states") {
  const auto checkout = checkout_of(build);
  const auto git = build.host.find_program("git");
  if (git.empty())
    throw Error(ErrorKind::unsupported, "there is no git to ask for a commit").hint("install git");
  const auto commit = checkout.commit_of(revision, git, build.stop, build.cache.temporary());
  if (!commit)
    throw Error(ErrorKind::not_found,
                fmt::format("{} names no commit that is in this clone", shown(revision)))
        .hint("fetch it: `git fetch origin BRANCH`, or `git fetch --unshallow` in a shallow clone");
  fs::create_directory(folder_.path() / "tree");
  checkout.check_out(*commit, "", folder_.path() / "tree", git, build.stop, build.cache.temporary());
}

fs::path EarlierTree::of(const fs::path& file) const {
  return (folder_.path() / "tree" / file.lexically_normal().lexically_relative(root_)).lexically_normal();
}

const EarlierTree::Image* EarlierTree::image(const std::string& name) {
  const auto known = images_.find(name);
  if (known != images_.end()) return known->second.get();
  return images_.emplace(name, read(name)).first->second.get();
}

// What the commit could not have built is no image of it; why not is told.
std::unique_ptr<EarlierTree::Image> EarlierTree::read(const std::string& name) {
  auto image = std::make_unique<Image>();
  try {
    const auto& now = build_.spec;
    if (now.file.empty()) {
      image->spec = now;
    } else {
      image->spec =
          read_spec(of(fs::absolute(build_.host.working_directory / now.file)), build_.options.limits);
      if (build_.options.profile) image->spec = with_profile(image->spec, *build_.options.profile);
    }
    image->spec.folder = of(now.folder);
    std::erase_if(image->spec.images, [&](const ImageSpec& one) { return one.name != name; });
    if (image->spec.images.empty()) return nullptr;
    BuildValues values(image->spec.folder, build_.host, build_.cache, build_.reporter, build_.stop);
    const auto named = [&](std::string_view value) { return values.value(value); };
    const BuildContext before{image->spec, build_.options, build_.host, build_.cache,    build_.access,
                              states_,     values,         named,       build_.reporter, build_.stop};
    image->plan = plan_build(before);
    if (const auto lock =
            read_lock(build_.host.working_directory / lock_file_of(image->spec, image->plan.mains())))
      image->lock = *lock;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    build_.reporter.verbose(fmt::format("{}: that commit could not have built it: {}", name, error.what()));
    return nullptr;
  }
  return image;
}

}  // namespace whittle::builder
