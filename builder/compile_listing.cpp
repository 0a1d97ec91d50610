// The part of Compiler that has go say what programs are made from, and tells what is known of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

#include "builder/compile.hpp"
#include "builder/go_build.hpp"
#include "builder/go_errors.hpp"
#include "builder/go_list.hpp"
#include "common/text.hpp"

namespace whittle::builder {

MadeFrom Compiler::made_from(const CompileRequest& request) {
  const auto& dependencies = dependencies_of(request);
  const auto& main = request.main.pattern;
  return {dependencies.digest_of(main), dependencies.own_packages_of(main)};
}

std::optional<MadeFrom> Compiler::recorded(const CompileRequest& request) {
  if (!dependencies_of(request).knows(request.main.pattern)) return std::nullopt;
  return made_from(request);
}

void Compiler::list(const Requests& requests, const std::vector<std::size_t>& wanted) {
  for (const auto& group : grouped(requests, wanted)) {
    const auto& first = requests[group.front()];
    std::vector<std::string> patterns;
    for (const auto member : group) patterns.push_back(requests[member].main.pattern);
    const auto packages = listing_of(first, patterns);
    std::map<std::string, std::string> mains;
    for (const auto member : group)
      if (auto path = import_path_of(packages, requests[member].main))
        mains[requests[member].main.pattern] = std::move(*path);
    dependencies_of(first).record(packages, mains, shared_inputs(first.main, go_.root), states_,
                                  options_.jobs, stop_);
  }
}

GoBuild Compiler::listing(const CompileRequest& request, std::vector<std::string> patterns) {
  return {request.main,     request.platform, std::move(patterns),   {},
          request.inlining, request.tags,     cgo_settings(request), {},
          options_.jobs};
}

GoListResult Compiler::listed(const CompileRequest& request, const std::vector<std::string>& patterns) {
  const TemporaryFolder work(cache_.temporary());
  folders_.temporary = work.path() / "home";
  make_private_home(folders_.temporary);
  return list_packages(listing(request, patterns), host_, go_, folders_, stop_);
}

std::set<Sha256> Compiler::objects_of(const Requests& requests, const std::vector<std::size_t>& wanted) {
  const TemporaryFolder work(cache_.temporary());
  folders_.temporary = work.path() / "home";
  make_private_home(folders_.temporary);
  std::set<Sha256> objects;
  for (const auto& group : grouped(requests, wanted)) {
    std::vector<std::string> patterns;
    for (const auto member : group) patterns.push_back(requests[member].main.pattern);
    objects.merge(
        compiled_objects(listing(requests[group.front()], std::move(patterns)), host_, go_, folders_, stop_));
  }
  return objects;
}

std::vector<ListedPackage> Compiler::listing_of(const CompileRequest& request,
                                                const std::vector<std::string>& patterns) {
  auto result = listed(request, patterns);
  if (!result.outcome.succeeded())
    throw go_failure(result.outcome, fmt::format("listing the packages of {}",
                                                 shown(fmt::format("{}", fmt::join(patterns, " ")))));
  return std::move(result.packages);
}

ImportGraph Compiler::imports_of(const CompileRequest& request) {
  const auto packages = listing_of(request, {request.main.pattern});
  return {packages, import_path_of(packages, request.main).value_or(std::string())};
}

}  // namespace whittle::builder
