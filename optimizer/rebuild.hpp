// Builds an image again, with whittle itself as a child process, in a folder of its own and under chosen
// circumstances.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/host.hpp"
#include "common/digest.hpp"
#include "common/report.hpp"
#include "optimizer/circumstances.hpp"
#include "optimizer/perturbation.hpp"
#include "optimizer/rebuild_plan.hpp"

namespace whittle::optimizer {

struct RebuildTools {
  std::filesystem::path whittle;  // this program
  const builder::Host& host;      // what a child is given, apart from what a perturbation changes
  std::filesystem::path cache;    // whittle's
  std::filesystem::path work;     // a folder for copies, caches and results; whoever made it removes it
  unsigned jobs = 1;
  Reporter& reporter;
  std::stop_token stop = {};
};

struct Rebuilt {
  Digest root = Digest::of(std::string_view());
  std::map<std::string, Digest> manifests = {};  // by platform
  std::filesystem::path layout = {};             // holds it under the tag `image`
};

// One thread. Borrows the plan and what the tools borrow.
class Rebuilder {
 public:
  Rebuilder(const RebuildPlan& plan, RebuildTools tools) : plan_(plan), tools_(std::move(tools)) {}

  // Those of `wanted` that this machine allows. The others, with the reason: refused().
  Perturbations possible(const Perturbations& wanted);
  const std::map<Perturbation, std::string>& refused() const { return refused_; }

  // With the recorded lock, or with another text of it. Error of the child's kind with its message when it
  // fails, whatever else fails is Error(io).
  Rebuilt run(const Perturbations& perturbations) { return run(perturbations, plan_.lock); }
  Rebuilt run(const Perturbations& perturbations, const std::string& lock);

 private:
  std::filesystem::path sources(const Perturbations& perturbations, const std::string& lock,
                                const std::filesystem::path& work) const;
  std::vector<std::string> arguments(const Perturbations& perturbations, const std::filesystem::path& root,
                                     const std::filesystem::path& work) const;
  std::vector<std::string> environment(const Perturbations& perturbations,
                                       const std::filesystem::path& work) const;

  const RebuildPlan& plan_;
  RebuildTools tools_;
  std::map<Perturbation, std::string> refused_ = {};
  unsigned runs_ = 0;
};

}  // namespace whittle::optimizer
