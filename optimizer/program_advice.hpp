// Advice on the sources of one program of an image: what keeps dead code in it, what imports bring, what is
// in it twice, which files in it compress badly.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "optimizer/advice.hpp"
#include "optimizer/import_groups.hpp"
#include "optimizer/program_trials.hpp"

namespace whittle::optimizer {

// Borrows. One thread.
class ProgramAdvice {
 public:
  // `sizes` are those of its packages in the image. Error(source) when go cannot list the program.
  ProgramAdvice(ProgramTrials& trials, PackageSizes sizes, Reporter& reporter);

  // Everything, measured where that is possible. What could not be measured is told in failed().
  std::vector<Advice> all();
  const std::vector<std::string>& failed() const { return failed_; }

 private:
  void add_dead_code();
  void add_imports();
  void add_versions();
  void add_embedded();
  void measure(const std::string& what, const std::function<Advice()>& work);
  AdviceCause cause(std::string name, builder::ImportChain chain) const;
  AdviceCause cause_of_call(const std::string& function) const;
  Advice advice_on(const ImportGroup& group) const;
  void try_without(const std::vector<const builder::ListedPackage*>& packages, Advice advice);

  ProgramTrials& trials_;
  PackageSizes sizes_;
  Reporter& reporter_;
  std::string main_;  // import path
  builder::ImportGraph graph_;
  std::vector<Advice> advice_ = {};
  std::vector<std::string> failed_ = {};
};

}  // namespace whittle::optimizer
