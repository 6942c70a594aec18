/** Parent to the agent in one of its processes. */
export interface AgentRequest {
  readonly type: 'agent:usage';
}

/** The agent's answer: what the process itself knows of its use of the machine. */
export interface AgentReply {
  readonly type: 'agent:usage';
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}
