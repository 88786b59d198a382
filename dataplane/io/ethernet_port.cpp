// SPDX-License-Identifier: MIT
#include "dataplane/io/ethernet_port.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>

#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

constexpr std::uint16_t kDescriptors = 1024;

}  // namespace

Error EthernetPort::error(const char* what, int code) const {
  return {"port " + options_.name,
          std::string(what) + " (" + options_.device.text + "): " + rte_strerror(-code)};
}

Result<std::unique_ptr<EthernetPort>> EthernetPort::open(const PortOptions& options,
                                                         rte_mempool* pool) {
  std::uint16_t id = 0;
  if (rte_eth_dev_get_port_by_name(options.device.name.c_str(), &id) != 0)
    return Error{"port " + options.name, "there is no device " + options.device.name};
  // Its frames must lie back to back, which the packet pool does with virtual addresses only.
  if (options.device.name.starts_with("net_af_xdp") && rte_eal_iova_mode() != RTE_IOVA_VA)
    return Error{"port " + options.name,
                 "net_af_xdp beside PCI devices needs an IOMMU, so that DPDK can work with virtual "
                 "addresses"};
  std::unique_ptr<EthernetPort> port(new EthernetPort(options, id));
  if (const auto done = port->configure(pool); !done) return done.error();
  if (const auto done = port->start(); !done) return done.error();
  return port;
}

EthernetPort::~EthernetPort() {
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
}

Result<void> EthernetPort::configure(rte_mempool* pool) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id_, &info); code != 0)
    return error("does not say what it can", code);
  const unsigned wanted = options_.queues != 0 ? options_.queues : options_.workers;
  receive_queues_ = static_cast<std::uint16_t>(
      std::clamp<unsigned>(wanted, 1, std::max<unsigned>(info.max_rx_queues, 1)));
  transmit_queues_ = static_cast<std::uint16_t>(
      std::clamp<unsigned>(options_.workers, 1, std::max<unsigned>(info.max_tx_queues, 1)));

  rte_eth_conf conf{};
  conf.rxmode.mtu = std::min<std::uint32_t>(options_.mtu, info.max_mtu);
  if (conf.rxmode.mtu < options_.mtu)
    return Error{"port " + options_.name, "the device takes no packets longer than " +
                                              std::to_string(info.max_mtu) + " octets"};
  if (receive_queues_ > 1) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf =
        (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
    if (conf.rx_adv_conf.rss_conf.rss_hf == 0) conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
  }
  // One pool, no second references: what the offload asks for.
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  const int code = rte_eth_dev_configure(id_, receive_queues_, transmit_queues_, &conf);
  if (code != 0) return error("does not accept its configuration", code);
  return set_up_queues(pool);
}

Result<void> EthernetPort::set_up_queues(rte_mempool* pool) {
  std::uint16_t receive = kDescriptors, transmit = kDescriptors;
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &transmit); code != 0)
    return error("does not say how long its queues are", code);
  const int socket = rte_eth_dev_socket_id(id_);
  const unsigned node = socket < 0 ? 0u : static_cast<unsigned>(socket);
  for (std::uint16_t i = 0; i < receive_queues_; ++i)
    if (const int code = rte_eth_rx_queue_setup(id_, i, receive, node, nullptr, pool); code != 0)
      return error("does not set up a receive queue", code);
  for (std::uint16_t i = 0; i < transmit_queues_; ++i)
    if (const int code = rte_eth_tx_queue_setup(id_, i, transmit, node, nullptr); code != 0)
      return error("does not set up a transmit queue", code);
  return {};
}

// A device that cannot take another address gets everything, and the classifier chooses.
void EthernetPort::take_mac() {
  rte_ether_addr own{};
  rte_eth_macaddr_get(id_, &own);
  std::memcpy(mac_.data(), own.addr_bytes, mac_.size());
  if (!options_.mac || *options_.mac == mac_) return;
  mac_ = *options_.mac;
  std::memcpy(own.addr_bytes, mac_.data(), mac_.size());
  if (rte_eth_dev_default_mac_addr_set(id_, &own) == 0) return;
  if (const int code = rte_eth_promiscuous_enable(id_); code != 0)
    log_warning("port", "the device takes neither another MAC address nor all frames",
                {{"port", options_.name}, {"reason", rte_strerror(-code)}});
}

Result<void> EthernetPort::start() {
  if (const int code = rte_eth_dev_start(id_); code != 0) return error("does not start", code);
  take_mac();
  // Neighbour discovery is multicast. Devices that cannot be told pass it anyway.
  rte_eth_allmulticast_enable(id_);
  return {};
}

unsigned EthernetPort::receive(unsigned queue, rte_mbuf** packets, unsigned max) noexcept {
  return rte_eth_rx_burst(id_, static_cast<std::uint16_t>(queue), packets,
                          static_cast<std::uint16_t>(max));
}

unsigned EthernetPort::transmit(unsigned queue, rte_mbuf** packets, unsigned count) noexcept {
  return rte_eth_tx_burst(id_, static_cast<std::uint16_t>(queue), packets,
                          static_cast<std::uint16_t>(count));
}

Device::Statistics EthernetPort::statistics() const {
  Statistics result;
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(id_, &link) == 0) result.link_up = link.link_status != 0;
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return result;
  result.packets_received = stats.ipackets;
  result.octets_received = stats.ibytes;
  result.packets_sent = stats.opackets;
  result.octets_sent = stats.obytes;
  result.missed = stats.imissed + stats.rx_nombuf;
  result.errors = stats.ierrors + stats.oerrors;
  return result;
}

}  // namespace junctor::dp
