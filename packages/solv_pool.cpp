#include "packages/solv_pool.hpp"

// "requires" is a keyword of C++20: libsolv renames its fields when asked to.
#define LIBSOLV_SOLVABLE_PREPEND_DEP
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/solver.h>

#include <algorithm>
#include <string_view>

#include "common/error.hpp"
#include "packages/dependency_graph.hpp"
#include "packages/package_relation.hpp"

namespace whittle::packages {
namespace {

class IdQueue {
 public:
  IdQueue() { queue_init(&queue_); }
  ~IdQueue() { queue_free(&queue_); }
  IdQueue(const IdQueue&) = delete;
  IdQueue& operator=(const IdQueue&) = delete;
  Queue* get() { return &queue_; }
  void push(Id how, Id what) { queue_push2(&queue_, how, what); }
  std::vector<Id> ids() const { return {queue_.elements, queue_.elements + queue_.count}; }

 private:
  Queue queue_;
};

int flags_of(PackageRelation::Comparison comparison) {
  switch (comparison) {
    case PackageRelation::Comparison::less:
      return REL_LT;
    case PackageRelation::Comparison::at_most:
      return REL_LT | REL_EQ;
    case PackageRelation::Comparison::equal:
      return REL_EQ;
    case PackageRelation::Comparison::at_least:
      return REL_GT | REL_EQ;
    default:
      return REL_GT;
  }
}

}  // namespace

struct SolvPool::State {
  struct Free {
    void operator()(Pool* pool) const { pool_free(pool); }
    void operator()(Solver* solver) const { solver_free(solver); }
  };

  std::string architecture;
  std::unique_ptr<Pool, Free> pool{pool_create()};
  Repo* available = repo_create(pool.get(), "available");
  Repo* present = repo_create(pool.get(), "present");

  Id id(std::string_view text) {
    return pool_strn2id(pool.get(), text.data(), static_cast<unsigned>(text.size()), 1);
  }

  Id id(const PackageRelation& relation) {
    const auto& wanted = relation.architecture;
    const bool foreign =
        !wanted.empty() && wanted != "any" && wanted != "native" && wanted != "all" && wanted != architecture;
    // Of another architecture there is nothing: a name that nobody has.
    const Id name = foreign ? id(std::string(relation.name) + ":" + std::string(wanted)) : id(relation.name);
    if (relation.comparison == PackageRelation::Comparison::any) return name;
    return pool_rel2id(pool.get(), name, id(relation.version), flags_of(relation.comparison), 1);
  }

  // a | (b | c)
  Id id(const Alternatives& alternatives) {
    Id all = id(alternatives.back());
    for (auto one = std::next(alternatives.rbegin()); one != alternatives.rend(); ++one)
      all = pool_rel2id(pool.get(), id(*one), all, REL_OR, 1);
    return all;
  }

  Solvable* at(Id solvable) { return pool_id2solvable(pool.get(), solvable); }

  Id add(Repo* repo, std::string_view name, std::string_view version, std::string_view arch) {
    const Id solvable = repo_add_solvable(repo);
    auto* const one = at(solvable);
    one->name = id(name);
    one->evr = id(version);
    one->arch = id(arch);
    const Id itself = pool_rel2id(pool.get(), one->name, one->evr, REL_EQ, 1);
    one->dep_provides = repo_addid_dep(repo, one->dep_provides, itself, 0);
    return solvable;
  }

  void add_provides(Id solvable, const IndexedPackage& package) {
    for (const auto& alternatives : parse_relations(package.provides))
      for (const auto& relation : alternatives)
        at(solvable)->dep_provides =
            repo_addid_dep(at(solvable)->repo, at(solvable)->dep_provides, id(relation), 0);
  }

  void add_conflicts(Id solvable, const IndexedPackage& package) {
    for (const auto& alternatives : DependencyGraph::conflicts_of(package))
      for (const auto& relation : alternatives)
        at(solvable)->dep_conflicts =
            repo_addid_dep(at(solvable)->repo, at(solvable)->dep_conflicts, id(relation), 0);
  }

  void add_depends(Id solvable, const IndexedPackage& package) {
    for (const auto& alternatives : DependencyGraph::depends_of(package))
      at(solvable)->dep_requires =
          repo_addid_dep(at(solvable)->repo, at(solvable)->dep_requires, id(alternatives), 0);
  }
};

SolvPool::SolvPool(std::string architecture) : state_(new State{std::move(architecture)}) {
  auto* const pool = state_->pool.get();
  if (pool_setdisttype(pool, DISTTYPE_DEB) < 0)
    throw Error(ErrorKind::unsupported, "the libsolv that is installed cannot compare Debian's versions");
  // Policy, section 7.4: a package that conflicts with what it provides keeps others out, not itself.
  pool_set_flag(pool, POOL_FLAG_FORBIDSELFCONFLICTS, 0);
  pool_set_installed(pool, state_->present);
}

SolvPool::~SolvPool() = default;

SolvPool::Handle SolvPool::add(const IndexedPackage& package) {
  const Id solvable = state_->add(state_->available, package.name, package.version, package.architecture);
  state_->add_provides(solvable, package);
  state_->add_conflicts(solvable, package);
  state_->add_depends(solvable, package);
  return solvable;
}

void SolvPool::add_present(const PinnedPackage& package, const IndexedPackage* known) {
  const Id solvable = state_->add(state_->present, package.name, package.version, package.architecture);
  if (known == nullptr) return;
  state_->add_provides(solvable, *known);
  state_->add_conflicts(solvable, *known);
}

namespace {

// The rules that contradict each other, in words; what merely repeats the wishes is left out.
std::vector<std::string> explain(Solver* solver) {
  std::vector<std::string> reasons;
  const auto count = static_cast<Id>(solver_problem_count(solver));
  for (Id problem = 1; problem <= count; ++problem) {
    IdQueue rules;
    solver_findallproblemrules(solver, problem, rules.get());
    for (const Id rule : rules.ids()) {
      Id source = 0;
      Id target = 0;
      Id dependency = 0;
      const auto type = solver_ruleinfo(solver, rule, &source, &target, &dependency);
      if (type == SOLVER_RULE_JOB || type == SOLVER_RULE_UPDATE) continue;
      reasons.emplace_back(solver_problemruleinfo2str(solver, type, source, target, dependency));
    }
  }
  std::ranges::sort(reasons);
  reasons.erase(std::unique(reasons.begin(), reasons.end()), reasons.end());
  return reasons;
}

}  // namespace

SolvPool::Answer SolvPool::solve(const std::vector<Handle>& wanted, const std::vector<Handle>& preferred) {
  auto* const pool = state_->pool.get();
  pool_createwhatprovides(pool);
  IdQueue jobs;
  for (const Id one : wanted) jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE, one);
  for (const Id one : preferred) jobs.push(SOLVER_FAVOR | SOLVER_SOLVABLE, one);
  Id one = 0;
  Solvable* solvable = nullptr;
  FOR_REPO_SOLVABLES(state_->present, one, solvable) jobs.push(SOLVER_LOCK | SOLVER_SOLVABLE, one);

  const std::unique_ptr<Solver, State::Free> solver(solver_create(pool));
  solver_set_flag(solver.get(), SOLVER_FLAG_IGNORE_RECOMMENDED, 1);
  if (solver_solve(solver.get(), jobs.get()) != 0) return {{}, explain(solver.get())};
  IdQueue decisions;
  solver_get_decisionqueue(solver.get(), decisions.get());
  Answer answer;
  for (const Id decision : decisions.ids())
    if (decision > SYSTEMSOLVABLE && state_->at(decision)->repo == state_->available)
      answer.taken.push_back(decision);
  return answer;
}

}  // namespace whittle::packages
