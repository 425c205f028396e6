CREATE SCHEMA ivr_analytics;
CREATE TABLE ivr_analytics.changes (
    noticed_at timestamp without time zone,
    tenant text,
    object text,
    object_id text,
    change text,
    field text,
    old_value text,
    new_value text
);
CREATE TABLE ivr_analytics.changes_since_last_run (
    noticed_at timestamp without time zone,
    tenant text,
    object text,
    object_id text,
    change text,
    field text,
    old_value text,
    new_value text
);
CREATE TABLE ivr_analytics.current_flows (
    tenant text,
    flow_id bigint,
    access_code text,
    description text,
    flow_file_name text,
    is_loaded boolean,
    flow_type bigint,
    flow_type_name text,
    max_concurrent_calls bigint,
    last_seen_at timestamp without time zone
);
CREATE TABLE ivr_analytics.findings (
    tenant text,
    severity text,
    finding text,
    object text,
    object_id text,
    sentence text
);
CREATE TABLE ivr_analytics.flow_changes (
    noticed_at timestamp without time zone,
    tenant text,
    flow_id bigint,
    change text,
    field text,
    old_value text,
    new_value text
);
CREATE TABLE ivr_analytics.flow_history (
    tenant text,
    flow_id bigint,
    access_code text,
    description text,
    flow_file_name text,
    is_loaded boolean,
    flow_type bigint,
    max_concurrent_calls bigint,
    dbt_scd_id text,
    dbt_updated_at timestamp without time zone,
    dbt_valid_from timestamp without time zone,
    dbt_valid_to timestamp without time zone
);
CREATE TABLE ivr_analytics.flow_references (
    tenant text,
    flow_id bigint,
    source text,
    source_id text,
    source_name text,
    reason text,
    flow_exists boolean,
    flow_is_loaded boolean
);
CREATE TABLE ivr_analytics.flow_types (
    flow_type bigint,
    flow_type_name text
);
CREATE TABLE ivr_analytics.flows_by_tenant_and_type (
    tenant text,
    flow_type bigint,
    flow_type_name text,
    flows bigint,
    loaded_flows bigint
);
CREATE TABLE ivr_analytics.last_build (
    began_at timestamp without time zone
);
CREATE TABLE ivr_analytics.numbers (
    tenant text,
    access_code text,
    extension text,
    direction text,
    media text,
    leads_to text,
    target_id bigint,
    target_name text,
    target_exists boolean,
    target_is_loaded boolean,
    route_id text
);
CREATE TABLE ivr_analytics.queue_history (
    tenant text,
    queue_id bigint,
    queue_name text,
    description text,
    media_type bigint,
    max_wait_seconds bigint,
    max_waiting_calls bigint,
    max_wrap_up_seconds bigint,
    answer_function text,
    no_agents_action text,
    no_agents_target_type bigint,
    no_agents_target_id bigint,
    busy_action text,
    busy_target_type bigint,
    busy_target_id bigint,
    time_out_action text,
    time_out_target_type bigint,
    time_out_target_id bigint,
    dbt_scd_id text,
    dbt_updated_at timestamp without time zone,
    dbt_valid_from timestamp without time zone,
    dbt_valid_to timestamp without time zone
);
CREATE TABLE ivr_analytics.route_history (
    tenant text,
    route_id text,
    access_code text,
    extension text,
    configuration_number bigint,
    target_type bigint,
    target_id bigint,
    target_name text,
    media_type bigint,
    editable text,
    dbt_scd_id text,
    dbt_updated_at timestamp without time zone,
    dbt_valid_from timestamp without time zone,
    dbt_valid_to timestamp without time zone
);
CREATE TABLE ivr_analytics.stg_access_codes (
    tenant text,
    hotline_id text,
    access_code text,
    media_type bigint,
    core_network_number text,
    description text,
    direction bigint,
    last_seen_at timestamp without time zone,
    is_deleted boolean
);
CREATE TABLE ivr_analytics.stg_called_routes (
    tenant text,
    route_id text,
    access_code text,
    extension text,
    configuration_number bigint,
    target_type bigint,
    target_id bigint,
    target_name text,
    media_type bigint,
    editable text,
    last_seen_at timestamp without time zone,
    is_deleted boolean
);
CREATE TABLE ivr_analytics.stg_extractions (
    tenant text,
    stream text,
    extraction bigint,
    extracted_at timestamp without time zone,
    records bigint
);
CREATE TABLE ivr_analytics.stg_ivr_flows (
    tenant text,
    flow_id bigint,
    access_code text,
    description text,
    flow_file_name text,
    is_loaded boolean,
    flow_type bigint,
    flow_type_name text,
    max_concurrent_calls bigint,
    last_seen_at timestamp without time zone,
    is_deleted boolean
);
CREATE TABLE ivr_analytics.stg_satisfaction_config (
    tenant text,
    "position" bigint,
    is_enabled boolean,
    flow_id bigint,
    feedback_type text,
    channel_type text,
    access_code text,
    last_seen_at timestamp without time zone,
    is_deleted boolean
);
CREATE TABLE ivr_analytics.stg_skill_queues (
    tenant text,
    queue_id bigint,
    queue_name text,
    description text,
    media_type bigint,
    max_wait_seconds bigint,
    max_waiting_calls bigint,
    max_wrap_up_seconds bigint,
    answer_function text,
    no_agents_action text,
    no_agents_target_type bigint,
    no_agents_target_id bigint,
    busy_action text,
    busy_target_type bigint,
    busy_target_id bigint,
    time_out_action text,
    time_out_target_type bigint,
    time_out_target_id bigint,
    last_seen_at timestamp without time zone,
    is_deleted boolean
);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.340918', 'north', 'flow', '1', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.340918', 'north', 'flow', '2', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.340918', 'north', 'flow', '3', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:32.81734', 'north', 'flow', '3', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.340918', 'south', 'flow', '1', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.340918', 'south', 'flow', '2', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.340918', 'south', 'flow', '3', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.505308', 'north', 'flow', '3', 'deleted', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.505308', 'north', 'flow', '2', 'changed', 'description', 'Exception handling', 'Christmas');
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.505308', 'north', 'flow', '1', 'unloaded', 'is_loaded', 'true', 'false');
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:32.81734', 'north', 'flow', '1', 'loaded', 'is_loaded', 'false', 'true');
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.339255', 'north', 'route', '1125397061153369101', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.339255', 'north', 'route', '1125397061153369102', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.339255', 'north', 'route', '1125397061153369103', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.339255', 'north', 'route', '1125397061153369104', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.339255', 'north', 'route', '1125397061153369105', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.339255', 'north', 'route', '1125397061153369106', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.130672', 'north', 'route', '1125397061153369102', 'deleted', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.130672', 'north', 'route', '1125397061153369101', 'changed', 'target_id', '1', '2');
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.362947', 'north', 'queue', '2', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.362947', 'north', 'queue', '10', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:22.362947', 'north', 'queue', '11', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.182413', 'north', 'queue', '2', 'deleted', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes VALUES ('2026-11-28 02:18:27.182413', 'north', 'queue', '10', 'changed', 'busy_target_id', '3', '1');
INSERT INTO ivr_analytics.changes_since_last_run VALUES ('2026-11-28 02:18:32.81734', 'north', 'flow', '3', 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.changes_since_last_run VALUES ('2026-11-28 02:18:32.81734', 'north', 'flow', '1', 'loaded', 'is_loaded', 'false', 'true');
INSERT INTO ivr_analytics.current_flows VALUES ('north', 3, '90503', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06');
INSERT INTO ivr_analytics.current_flows VALUES ('north', 2, '90502', 'Christmas', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06');
INSERT INTO ivr_analytics.current_flows VALUES ('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06');
INSERT INTO ivr_analytics.current_flows VALUES ('south', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06');
INSERT INTO ivr_analytics.current_flows VALUES ('south', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06');
INSERT INTO ivr_analytics.current_flows VALUES ('south', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06');
INSERT INTO ivr_analytics.findings VALUES ('north', 'error', 'number_leads_nowhere', 'route', '1125397061153369105', 'Number 95500 extension 5 leads to queue 99, which is gone.');
INSERT INTO ivr_analytics.findings VALUES ('north', 'error', 'survey_leads_nowhere', 'survey', '4', 'The survey after a call uses flow 5, which is gone.');
INSERT INTO ivr_analytics.findings VALUES ('north', 'warning', 'survey_access_code_differs', 'survey', '0', 'The survey after a call has access code 90599, but its flow 1 has 90501.');
INSERT INTO ivr_analytics.findings VALUES ('north', 'warning', 'hotline_without_route', 'hotline', '95501', 'Hotline 95501 has no route: calls to it lead nowhere.');
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:22.340918', 'north', 1, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:22.340918', 'north', 2, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:22.340918', 'north', 3, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:32.81734', 'north', 3, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:22.340918', 'south', 1, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:22.340918', 'south', 2, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:22.340918', 'south', 3, 'added', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:27.505308', 'north', 3, 'deleted', NULL, NULL, NULL);
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:27.505308', 'north', 2, 'changed', 'description', 'Exception handling', 'Christmas');
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:27.505308', 'north', 1, 'unloaded', 'is_loaded', 'true', 'false');
INSERT INTO ivr_analytics.flow_changes VALUES ('2026-11-28 02:18:32.81734', 'north', 1, 'loaded', 'is_loaded', 'false', 'true');
INSERT INTO ivr_analytics.flow_history VALUES ('south', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, NULL, '1977e030a6e054ff767eea63999a07ba', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:22.340918', NULL);
INSERT INTO ivr_analytics.flow_history VALUES ('south', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, NULL, 'e867709a5a6ac34322e3a9c4e40b3b31', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:22.340918', NULL);
INSERT INTO ivr_analytics.flow_history VALUES ('south', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, NULL, '6e0d016da98ecaeb696b21d37d009c16', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:22.340918', NULL);
INSERT INTO ivr_analytics.flow_history VALUES ('north', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, NULL, 'fda9c6651bf480d7db60b3e0cf26838b', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:27.505308');
INSERT INTO ivr_analytics.flow_history VALUES ('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, NULL, '166a21c340bdd616259d1b296f436041', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:27.505308');
INSERT INTO ivr_analytics.flow_history VALUES ('north', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, NULL, '3411cce44a18410e5bb5c5888bf656bc', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:22.340918', '2026-11-28 02:18:27.505308');
INSERT INTO ivr_analytics.flow_history VALUES ('north', 2, '90502', 'Christmas', 'defaultIVR.GSL', true, 1, NULL, '0d6b59963c123484d86a78f2be938b7a', '2026-11-28 02:18:27.505308', '2026-11-28 02:18:27.505308', NULL);
INSERT INTO ivr_analytics.flow_history VALUES ('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', false, 1, NULL, '094cf40c941f83067a835ef345d9cf3a', '2026-11-28 02:18:27.505308', '2026-11-28 02:18:27.505308', '2026-11-28 02:18:32.81734');
INSERT INTO ivr_analytics.flow_history VALUES ('north', 3, '90503', 'Exception handling', 'defaultIVR.GSL', true, 1, NULL, '642513e37a4c5ead5fe7bd26bdbd0c03', '2026-11-28 02:18:32.81734', '2026-11-28 02:18:32.81734', NULL);
INSERT INTO ivr_analytics.flow_history VALUES ('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, NULL, '06716c4280f4e71e8fb2de6e6c5c5d8c', '2026-11-28 02:18:32.81734', '2026-11-28 02:18:32.81734', NULL);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 3, 'survey', '1', 'audio', 'after a call', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 3, 'route', '1125397061153369103', '95500 ext. 3', 'dialled', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 2, 'queue', '10', 'Orders', 'no agents', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 2, 'route', '1125397061153369101', '95500', 'dialled', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 1, 'survey', '5', 'audio', 'after a call', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 1, 'survey', '2', 'audio', 'after a call', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 1, 'survey', '0', 'audio', 'after a call', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 1, 'queue', '10', 'Orders', 'time-out', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 1, 'queue', '10', 'Orders', 'busy', true, true);
INSERT INTO ivr_analytics.flow_references VALUES ('north', 5, 'survey', '4', 'audio', 'after a call', false, NULL);
INSERT INTO ivr_analytics.flow_types VALUES (0, 'unspecified service type');
INSERT INTO ivr_analytics.flow_types VALUES (1, 'GSL service file');
INSERT INTO ivr_analytics.flow_types VALUES (2, 'VoiceXML service file');
INSERT INTO ivr_analytics.flow_types VALUES (3, 'third-party IVR');
INSERT INTO ivr_analytics.flow_types VALUES (4, 'VXML flow supported by the CCIVR');
INSERT INTO ivr_analytics.flow_types VALUES (5, 'CCXML flow');
INSERT INTO ivr_analytics.flow_types VALUES (6, 'WaitScript flow');
INSERT INTO ivr_analytics.flows_by_tenant_and_type VALUES ('south', 1, 'GSL service file', 3, 3);
INSERT INTO ivr_analytics.flows_by_tenant_and_type VALUES ('north', 1, 'GSL service file', 3, 3);
INSERT INTO ivr_analytics.last_build VALUES ('2026-11-28 02:18:31.812034');
INSERT INTO ivr_analytics.numbers VALUES ('north', '95500', '5', 'both', 'audio and video', 'queue', 99, NULL, false, NULL, '1125397061153369105');
INSERT INTO ivr_analytics.numbers VALUES ('north', '95500', '4', 'both', 'audio and video', 'queue', 10, 'Orders', true, NULL, '1125397061153369104');
INSERT INTO ivr_analytics.numbers VALUES ('north', '95500', '6', 'both', 'audio and video', 'flow', NULL, NULL, NULL, NULL, '1125397061153369106');
INSERT INTO ivr_analytics.numbers VALUES ('north', '95500', NULL, 'both', 'audio and video', 'flow', 2, 'Christmas', true, true, '1125397061153369101');
INSERT INTO ivr_analytics.numbers VALUES ('north', '95500', '3', 'both', 'audio and video', 'flow', 3, 'Exception handling', true, true, '1125397061153369103');
INSERT INTO ivr_analytics.numbers VALUES ('north', '95501', NULL, 'in', 'audio and video', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ivr_analytics.queue_history VALUES ('north', 11, 'Closed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Release', 3, 0, NULL, NULL, NULL, '68962b91f94431ea2f4137e58be167dc', '2026-11-28 02:18:22.362947', '2026-11-28 02:18:22.362947', NULL);
INSERT INTO ivr_analytics.queue_history VALUES ('north', 10, 'Orders', NULL, NULL, NULL, NULL, NULL, NULL, 'Transfer', 3, 2, 'Transfer', 3, 3, 'Transfer', 3, 1, '121ba96d508dc04d6ca9018e4035f23d', '2026-11-28 02:18:22.362947', '2026-11-28 02:18:22.362947', '2026-11-28 02:18:27.182413');
INSERT INTO ivr_analytics.queue_history VALUES ('north', 2, 'Returns', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Transfer', 1, 2, NULL, NULL, NULL, 'a25a7b0fadb39cde961bd7470b00a9d0', '2026-11-28 02:18:22.362947', '2026-11-28 02:18:22.362947', '2026-11-28 02:18:27.182413');
INSERT INTO ivr_analytics.queue_history VALUES ('north', 10, 'Orders', NULL, NULL, NULL, NULL, NULL, NULL, 'Transfer', 3, 2, 'Transfer', 3, 1, 'Transfer', 3, 1, 'd5aacbc482a189c681c7a0b04027947a', '2026-11-28 02:18:27.182413', '2026-11-28 02:18:27.182413', NULL);
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369103', '95500', '3', NULL, 3, 3, NULL, 5, NULL, '4d88904c6204560fdb7a453c56960fe6', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:22.339255', NULL);
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369104', '95500', '4', NULL, 1, 10, NULL, 5, NULL, 'bed5ba8a73bd8fd15d09bd3133726571', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:22.339255', NULL);
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369105', '95500', '5', NULL, 1, 99, NULL, 5, NULL, '07eda9574cf315194d2429c6a26d5868', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:22.339255', NULL);
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369106', '95500', '6', NULL, 3, NULL, NULL, 5, NULL, '0bcaa76e80d79d8e7d8d9dc3a4181674', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:22.339255', NULL);
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369101', '95500', NULL, NULL, 3, 1, NULL, 5, NULL, '3f611a2eea140a55cc7835586701f12f', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:27.130672');
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369102', '95500', '2', NULL, 3, 2, NULL, 5, NULL, '705cf157f818de5a4f4e03a3992d5b65', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:22.339255', '2026-11-28 02:18:27.130672');
INSERT INTO ivr_analytics.route_history VALUES ('north', '1125397061153369101', '95500', NULL, NULL, 3, 2, NULL, 5, NULL, '35482bdcf7c912960144e78e36a43965', '2026-11-28 02:18:27.130672', '2026-11-28 02:18:27.130672', NULL);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633791', '95500', 5, NULL, NULL, 3, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633792', '95501', 5, NULL, NULL, 1, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633793', '95502', 5, NULL, NULL, 2, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633794', '', 5, NULL, NULL, 1, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633795', NULL, 5, NULL, NULL, 1, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633796', '95504', 5, NULL, NULL, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_access_codes VALUES ('north', '1124167935465633797', ' 95500 ', 5, NULL, NULL, 3, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_called_routes VALUES ('north', '1125397061153369102', '95500', '2', NULL, 3, 2, NULL, 5, NULL, '2026-01-31 04:05:06', true);
INSERT INTO ivr_analytics.stg_called_routes VALUES ('north', '1125397061153369101', '95500', NULL, NULL, 3, 2, NULL, 5, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_called_routes VALUES ('north', '1125397061153369103', '95500', '3', NULL, 3, 3, NULL, 5, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_called_routes VALUES ('north', '1125397061153369104', '95500', '4', NULL, 1, 10, NULL, 5, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_called_routes VALUES ('north', '1125397061153369105', '95500', '5', NULL, 1, 99, NULL, 5, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_called_routes VALUES ('north', '1125397061153369106', '95500', '6', NULL, 3, NULL, NULL, 5, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_extractions VALUES ('north', 'called_routes', 2, '2026-11-11 01:15:00', 5);
INSERT INTO ivr_analytics.stg_extractions VALUES ('north', 'skill_queues', 2, '2026-11-11 01:15:00', 2);
INSERT INTO ivr_analytics.stg_extractions VALUES ('north', 'access_codes', 2, '2026-11-11 01:15:00', 7);
INSERT INTO ivr_analytics.stg_extractions VALUES ('north', 'satisfaction_config', 2, '2026-11-11 01:15:00', 6);
INSERT INTO ivr_analytics.stg_extractions VALUES ('south', 'ivr_flows', 2, '2026-11-11 01:15:00', 3);
INSERT INTO ivr_analytics.stg_extractions VALUES ('north', 'ivr_flows', 3, '2026-11-12 01:15:00', 3);
INSERT INTO ivr_analytics.stg_ivr_flows VALUES ('north', 3, '90503', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_ivr_flows VALUES ('north', 2, '90502', 'Christmas', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_ivr_flows VALUES ('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_ivr_flows VALUES ('south', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_ivr_flows VALUES ('south', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_ivr_flows VALUES ('south', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_satisfaction_config VALUES ('north', 0, true, 1, NULL, 'audio', '90599', '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_satisfaction_config VALUES ('north', 1, true, 3, NULL, 'audio', '90503', '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_satisfaction_config VALUES ('north', 2, true, 1, NULL, 'audio', '90501', '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_satisfaction_config VALUES ('north', 5, true, 1, NULL, 'audio', '', '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_satisfaction_config VALUES ('north', 4, true, 5, NULL, 'audio', '90505', '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_satisfaction_config VALUES ('north', 3, false, NULL, NULL, NULL, NULL, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_skill_queues VALUES ('north', 2, 'Returns', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Transfer', 1, 2, NULL, NULL, NULL, '2026-01-31 04:05:06', true);
INSERT INTO ivr_analytics.stg_skill_queues VALUES ('north', 10, 'Orders', NULL, NULL, NULL, NULL, NULL, NULL, 'Transfer', 3, 2, 'Transfer', 3, 1, 'Transfer', 3, 1, '2026-01-31 04:05:06', false);
INSERT INTO ivr_analytics.stg_skill_queues VALUES ('north', 11, 'Closed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Release', 3, 0, NULL, NULL, NULL, '2026-01-31 04:05:06', false);
