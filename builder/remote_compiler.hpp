// Compiles by remote execution: groups of programs become actions, whose results are checked and taken for
// what go would have made here.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "builder/elsewhere.hpp"
#include "builder/file_states.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/own_program.hpp"
#include "builder/remote_job.hpp"
#include "builder/remote_layers.hpp"
#include "builder/remote_report.hpp"
#include "common/report.hpp"
#include "remote/connect.hpp"
#include "remote/service.hpp"

namespace whittle::builder {

struct RemoteSettings {
  remote::ConnectOptions server;
  std::filesystem::path module;                        // of gRPC: remote/connect.hpp
  std::filesystem::path program;                       // whittle
  std::map<std::string, std::string> properties = {};  // which workers can do it
  std::chrono::seconds time{15 * 60};                  // of one action
};

// A layer that consists of programs alone.
struct ProgramLayer {
  std::size_t first = 0;    // of the requests that are in it
  LayerRecipe recipe = {};  // its programs are requests
};

// Borrows everything; one thread.
class RemoteCompiler final : public Elsewhere {
 public:
  struct Parts {
    GoToolchain go;
    Cache& cache;
    FileStates& states;
    std::filesystem::path module_cache;
    registry::Layout& store;
    Limits limits;
  };
  // Connects to nobody until something is to be compiled.
  RemoteCompiler(const RemoteSettings& settings, Parts parts, std::vector<ProgramLayer> layers,
                 Reporter& reporter, std::stop_token stop);

  bool takes(const CompileRequest& request) const override;
  std::vector<Made> compile(const std::vector<CompileRequest>& requests,
                            const std::vector<ElsewhereGroup>& groups) override;

  // The layer of the programs from that request on, where a worker made it.
  const layers::Layer* layer_of(std::size_t first) const;
  // Where the bytes of those are. Must not outlive this.
  std::shared_ptr<registry::ImageSource> layers() const { return fetched_; }

 private:
  struct Work;
  using Layers = std::map<std::size_t, layers::Layer>;  // by the first request
  void connect();
  Work prepared(const std::vector<CompileRequest>& requests, const ElsewhereGroup& group);
  std::vector<Binary> run(const std::shared_ptr<Work>& work, Layers& layers);
  RemoteReport report_of(const Work& work, const remote::ActionResult& result);
  bool is_complete(const remote::ActionResult& result);
  std::vector<Binary> taken(const std::shared_ptr<Work>& work, const remote::ActionResult& result, bool ran,
                            Layers& layers);
  Binary taken(const Work& work, const remote::ActionResult& result, const RemoteReport::Program& program,
               std::size_t index, bool ran);
  void say_why(const std::string& what, const Error& error);

  const RemoteSettings& settings_;
  const Parts parts_;
  const std::vector<ProgramLayer> wanted_layers_;
  Reporter& reporter_;
  const std::stop_token stop_;
  std::unique_ptr<remote::Service> service_;
  std::optional<OwnProgramFiles> program_;
  Layers layers_;
  std::shared_ptr<RemoteLayers> fetched_;
};

}  // namespace whittle::builder
