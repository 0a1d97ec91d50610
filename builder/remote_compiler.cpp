#include "builder/remote_compiler.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "builder/remote_inputs.hpp"
#include "builder/self_tuning.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "evidence/split_lines.hpp"
#include "remote/action.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr unsigned actions_at_once = 16;

// What fails here as well, or is nothing to go on after.
bool is_final(ErrorKind kind) {
  return kind == ErrorKind::source || kind == ErrorKind::policy || kind == ErrorKind::spec ||
         kind == ErrorKind::conflict || kind == ErrorKind::interrupted || kind == ErrorKind::internal;
}

const remote::OutputFile* find(const remote::ActionResult& result, std::string_view path) {
  const auto found = std::find_if(result.files.begin(), result.files.end(),
                                  [&](const remote::OutputFile& file) { return file.path == path; });
  return found == result.files.end() ? nullptr : &*found;
}

remote::BlobId id_of(const Digest& digest, std::uint64_t size) {
  return {std::string(digest.hex()), size};
}

[[noreturn]] void refuse_result(const std::string& host, std::string_view why) {
  throw Error(ErrorKind::integrity,
              fmt::format("{}: the result of an action contradicts itself: {}", host, why));
}

// What the result has under `path` has to be what the report in it says.
void require_output(const std::string& host, const remote::ActionResult& result, const std::string& path,
                    const remote::BlobId& id) {
  const auto* file = find(result, path);
  if (file == nullptr) refuse_result(host, path + " is missing");
  if (file->blob != id) refuse_result(host, path + " is another file than it says");
}

}  // namespace

// One group on its way.
struct RemoteCompiler::Work {
  RemoteJob job;
  std::vector<std::size_t> layers = {};  // which of wanted_layers_
  remote::WantedAction action = {};
  std::string what = {};  // for people
};

RemoteCompiler::RemoteCompiler(const RemoteSettings& settings, Parts parts, std::vector<ProgramLayer> layers,
                               Reporter& reporter, std::stop_token stop)
    : settings_(settings),
      parts_(std::move(parts)),
      wanted_layers_(std::move(layers)),
      reporter_(reporter),
      stop_(std::move(stop)),
      fetched_(std::make_shared<RemoteLayers>(parts_.store, parts_.limits, stop_)) {}

// A C compiler is known by its files on this machine, and is no input of an action.
bool RemoteCompiler::takes(const CompileRequest& request) const {
  return !request.c_compiler;
}

void RemoteCompiler::connect() {
  auto server = settings_.server;
  server.stop = stop_;
  if (!program_) {  // before the module brings more libraries
    program_ = own_program_files(settings_.program);
    const auto& files = program_->files;  // read at once, for the trees that are made of them one by one
    parallel_for(files.size(), actions_at_once, stop_,
                 [&](std::size_t i) { static_cast<void>(parts_.states.file(files[i].file.native())); });
  }
  service_ = std::make_unique<remote::Service>(remote::connect(server, settings_.module), server.host,
                                               settings_.time + settings_.time / 2, reporter_, stop_);
}

void RemoteCompiler::say_why(const std::string& what, const Error& error) {
  reporter_.warn(
      fmt::format("{} on this machine, because remote execution failed: {}", what, error.message()));
  for (const auto& hint : error.hints()) reporter_.note(hint);
}

std::vector<Elsewhere::Made> RemoteCompiler::compile(const std::vector<CompileRequest>& requests,
                                                     const std::vector<ElsewhereGroup>& groups) {
  std::vector<Made> made(groups.size());
  if (groups.empty()) return made;
  try {
    connect();
  } catch (const Error& error) {
    if (is_final(error.kind())) throw;
    say_why("compiling", error);
    return made;
  }
  std::vector<std::shared_ptr<Work>> works;
  for (const auto& group : groups) works.push_back(std::make_shared<Work>(prepared(requests, group)));
  std::vector<Layers> layers(groups.size());
  parallel_for(groups.size(), actions_at_once, stop_, [&](std::size_t i) {
    try {
      made[i] = run(works[i], layers[i]);
    } catch (const Error& error) {
      if (is_final(error.kind())) throw;
      say_why(works[i]->what, error);
    }
  });
  for (auto& some : layers) layers_.merge(some);
  return made;
}

RemoteCompiler::Work RemoteCompiler::prepared(const std::vector<CompileRequest>& requests,
                                              const ElsewhereGroup& group) {
  Work work;
  const auto& first = requests[group.members.front()];
  RemoteInputs inputs({first.main.project, parts_.go.root, parts_.module_cache}, parts_.states);
  inputs.add_sources(group.inputs);
  inputs.add_toolchain(parts_.go);
  inputs.add_module_records(checksum_files(first.main));
  inputs.add_program(*program_);

  work.job.go_version = parts_.go.version;
  std::map<std::size_t, std::size_t> index_of;  // request → which of the job's
  std::vector<std::string> patterns;
  for (const auto member : group.members) {
    index_of.emplace(member, work.job.requests.size());
    auto& request = work.job.requests.emplace_back(requests[member]);
    request.main.project = inputs.in_tree(request.main.project);
    request.main.module = inputs.in_tree(request.main.module);
    if (!request.main.workspace.empty()) request.main.workspace = inputs.in_tree(request.main.workspace);
    patterns.push_back(request.main.pattern);
  }
  for (std::size_t i = 0; i < wanted_layers_.size(); ++i) {
    const auto& layer = wanted_layers_[i];
    auto recipe = layer.recipe;
    const bool is_whole = std::all_of(recipe.programs.begin(), recipe.programs.end(),
                                      [&](const auto& one) { return index_of.contains(one.second); });
    if (!is_whole) continue;  // put together here, out of what several actions make
    for (auto& [path, program] : recipe.programs) program = index_of.at(program);
    work.job.layers.push_back(std::move(recipe));
    work.layers.push_back(i);
  }
  inputs.add_text(job_paths::job, to_text(work.job));

  remote::Action action{program_->command, work.job.outputs()};
  action.arguments.emplace_back("remote-job");
  action.properties = settings_.properties;
  action.time = settings_.time;
  action.inputs = inputs.finish(work.action.blobs);
  work.action.name = remote::write(action, work.action.blobs);
  work.action.inlined = {std::string(job_paths::report)};
  work.what = fmt::format("compiling {} for {}", fmt::join(patterns, " "), first.platform.text());
  return work;
}

std::vector<Binary> RemoteCompiler::run(const std::shared_ptr<Work>& work, Layers& layers) {
  auto task = reporter_.start(fmt::format("{} at {}", work->what, service_->host()), 0);
  auto& executor = service_->executor();
  const auto known = executor.cached(work->action);
  if (known && known->exit_code == 0 && is_complete(*known)) {
    auto binaries = taken(work, *known, false, layers);
    task->done("known there");
    return binaries;
  }
  // What is kept of a failure may be a worker's own, and of a success whose files are lost it is of no use.
  const auto executed = executor.execute(work->action, known.has_value());
  std::vector<Binary> binaries;
  try {
    binaries = taken(work, executed.result, !executed.is_cached, layers);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    binaries = taken(work, executor.execute(work->action, true).result, true, layers);
  }
  task->done(fmt::format("done, {} sent", human_size(executed.sent)));
  return binaries;
}

// A cache of results may outlive the files that they name ("ActionCache": servers should make sure, and may
// not).
bool RemoteCompiler::is_complete(const remote::ActionResult& result) {
  std::vector<remote::BlobId> files;
  for (const auto& file : result.files) files.push_back(file.blob);
  return service_->storage().missing(files).empty();
}

RemoteReport RemoteCompiler::report_of(const Work& work, const remote::ActionResult& result) {
  const auto* file = find(result, job_paths::report);
  const auto outcome = [&] {
    return fmt::format("the action ended with {}{}{}", result.exit_code, result.errors.empty() ? "" : ": ",
                       escaped(result.errors, false, 500));
  };
  if (file == nullptr)
    throw Error(ErrorKind::network, fmt::format("{}: {}, and left no report", service_->host(), outcome()));
  const bool inlined =
      !file->contents.empty() && id_of(Digest::of(file->contents), file->contents.size()) == file->blob;
  const auto text = inlined ? file->contents
                            : service_->storage().read(file->blob, largest_report, "the report of an action");
  auto report = parse_remote_report(text);
  if (report.failure) {
    auto error = *report.failure;
    if (!is_final(error.kind())) error.context(service_->host() + ": the worker");
    throw error;
  }
  if (result.exit_code != 0)
    throw Error(ErrorKind::network, fmt::format("{}: {}", service_->host(), outcome()));
  if (report.programs.size() != work.job.requests.size() || report.layers.size() != work.job.layers.size())
    refuse_result(service_->host(), "the report is about other programs");
  return report;
}

std::vector<Binary> RemoteCompiler::taken(const std::shared_ptr<Work>& work,
                                          const remote::ActionResult& result, bool ran, Layers& layers) {
  const auto report = report_of(*work, result);
  std::vector<Binary> binaries;
  for (std::size_t i = 0; i < report.programs.size(); ++i)
    binaries.push_back(taken(*work, result, report.programs[i], i, ran));
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const auto& layer = report.layers[i];
    const auto& descriptor = layer.descriptor;
    require_output(service_->host(), result, job_paths::layer(i), id_of(descriptor.digest, descriptor.size));
    if (descriptor.media_type != work->job.layers[i].compression.layer_media_type())
      refuse_result(service_->host(), "a layer is of another type than it was asked for");
    fetched_->add(layer, service_->storage(),
                  [this, work] { static_cast<void>(service_->executor().execute(work->action, true)); });
    layers.emplace(wanted_layers_[work->layers[i]].first, layer);
  }
  return binaries;
}

Binary RemoteCompiler::taken(const Work& work, const remote::ActionResult& result,
                             const RemoteReport::Program& program, std::size_t index, bool ran) {
  const auto id = id_of(program.digest, program.size);
  require_output(service_->host(), result, job_paths::binary(index), id);
  Binary binary{program.digest, program.size, {}, ran};
  binary.info = program.info;
  binary.open = [this, id] { return service_->storage().open(id, "a program that a worker made"); };
  keep_own_memory_limit(program.digest, program.own_memory_limit, parts_.cache);
  if (work.job.requests[index].lines != Lines::split) return binary;
  const auto* lines = find(result, job_paths::lines(index));
  if (lines == nullptr) refuse_result(service_->host(), "line tables are missing");
  binary.has_lines_apart = true;
  if (!cached_lines(parts_.cache, program.digest))
    cache_lines(parts_.cache, program.digest,
                service_->storage().read(lines->blob, evidence::largest_split_lines, "line tables"));
  return binary;
}

const layers::Layer* RemoteCompiler::layer_of(std::size_t first) const {
  const auto found = layers_.find(first);
  return found == layers_.end() ? nullptr : &found->second;
}

}  // namespace whittle::builder
