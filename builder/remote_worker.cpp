#include "builder/remote_worker.hpp"

#include <optional>

#include "builder/compile.hpp"
#include "builder/recording.hpp"
#include "builder/remote_job.hpp"
#include "builder/remote_report.hpp"
#include "builder/self_tuning.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_job = 64U << 20U;  // bytes

// One that finds nothing but the inputs: no module is fetched, nobody is asked about one.
Host bare_host(const fs::path& root, const fs::path& work) {
  return {{{"GOPROXY", "off"},
           {"GOSUMDB", "off"},
           {"GOMODCACHE", (root / job_paths::modules).native()},
           {"GOCACHE", (work / "go-build").native()}},
          {},
          root};
}

class Worker {
 public:
  Worker(fs::path root, unsigned jobs, Reporter& reporter, std::stop_token stop)
      : root_(std::move(root)),
        jobs_(jobs),
        reporter_(reporter),
        stop_(std::move(stop)),
        work_(root_),
        cache_(work_.path() / "cache", reporter) {
    for (const auto* folder : {"out/binaries", "out/lines", "out/layers"}) make_directories(root_ / folder);
  }

  RemoteReport run() {
    const auto job = parse_remote_job(read_file(root_ / job_paths::job, largest_job), root_);
    compile(job);
    RemoteReport report;
    for (std::size_t i = 0; i < binaries_.size(); ++i) report.programs.push_back(put_out(i));
    for (std::size_t i = 0; i < job.layers.size(); ++i) report.layers.push_back(put_out(job.layers[i], i));
    return report;
  }

 private:
  void compile(const RemoteJob& job) {
    const auto host = bare_host(root_, work_.path());
    const fs::path go_root = root_ / job_paths::go;
    const GoToolchain go{go_root, go_root / "bin" / "go", job.go_version, Digest::of(job.go_version)};
    FileStates states(work_.path() / "states");
    FileStates results(work_.path() / "results");
    Compiler compiler(host, go, cache_, states, results, CompilerOptions{jobs_, false}, reporter_, stop_);
    std::vector<std::optional<Binary>> made(job.requests.size());
    compiler.compile(job.requests, [&](std::size_t i, const Binary& binary) { made[i] = binary; });
    for (auto& binary : made) binaries_.push_back(std::move(binary.value()));
  }

  RemoteReport::Program put_out(std::size_t index) {
    const auto& binary = binaries_[index];
    RemoteReport::Program program{binary.digest, binary.size};
    const evidence::OwnProgram own{"program", binary.digest, binary.file};
    program.info = build_info_of(own);
    program.own_memory_limit = own_memory_limit_of(own, cache_);
    if (binary.has_lines_apart)
      write_file(root_ / job_paths::lines(index), cached_lines(cache_, binary.digest).value(),
                 AtomicFile::Durability::content);
    const auto file = root_ / job_paths::binary(index);
    fs::create_hard_link(binary.file, file);
    fs::permissions(file, fs::perms::owner_all);
    return program;
  }

  layers::Layer put_out(const LayerRecipe& recipe, std::size_t index) {
    layers::FileTree tree;
    for (const auto& [path, placeholder] : recipe.tree.entries()) {
      auto entry = placeholder;
      if (const auto program = recipe.programs.find(path); program != recipe.programs.end()) {
        const auto& binary = binaries_[program->second];
        entry.size = binary.size;
        entry.content = binary.digest;
        entry.open = [file = binary.file] { return std::make_unique<FileSource>(file); };
      }
      tree.add(path, std::move(entry));
    }
    AtomicFile out(root_ / "out" / "layers");
    auto layer = layers::write_layer(tree, {recipe.compression, recipe.epoch, jobs_}, out, stop_);
    out.commit_to(root_ / job_paths::layer(index), AtomicFile::Durability::content);
    return layer;
  }

  const fs::path root_;
  const unsigned jobs_;
  Reporter& reporter_;
  const std::stop_token stop_;
  const TemporaryFolder work_;
  Cache cache_;
  std::vector<Binary> binaries_ = {};
};

}  // namespace

bool run_remote_job(const fs::path& root, unsigned jobs, Reporter& reporter, const std::stop_token& stop) {
  RemoteReport report;
  make_directories(root / "out");
  try {
    report = Worker(root, jobs, reporter, stop).run();
  } catch (const Error& error) {
    report.failure = error;
  }
  write_file(root / job_paths::report, to_text(report), AtomicFile::Durability::content);
  return !report.failure;
}

}  // namespace whittle::builder
