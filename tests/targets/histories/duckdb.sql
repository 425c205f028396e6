create schema ivr_analytics;

create table ivr_analytics.changes (noticed_at TIMESTAMP, tenant VARCHAR, "object" VARCHAR, object_id VARCHAR, change VARCHAR, field VARCHAR, old_value VARCHAR, new_value VARCHAR);
insert into ivr_analytics.changes values
('2026-11-28 02:17:57.479000', 'north', 'route', '1125397061153369101', 'added', null, null, null),
('2026-11-28 02:17:57.479000', 'north', 'route', '1125397061153369102', 'added', null, null, null),
('2026-11-28 02:17:57.479000', 'north', 'route', '1125397061153369103', 'added', null, null, null),
('2026-11-28 02:17:57.479000', 'north', 'route', '1125397061153369104', 'added', null, null, null),
('2026-11-28 02:17:57.479000', 'north', 'route', '1125397061153369105', 'added', null, null, null),
('2026-11-28 02:17:57.479000', 'north', 'route', '1125397061153369106', 'added', null, null, null),
('2026-11-28 02:17:57.577000', 'north', 'queue', '10', 'added', null, null, null),
('2026-11-28 02:17:57.577000', 'north', 'queue', '11', 'added', null, null, null),
('2026-11-28 02:17:57.577000', 'north', 'queue', '2', 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'north', 'flow', '1', 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'north', 'flow', '2', 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'north', 'flow', '3', 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'south', 'flow', '1', 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'south', 'flow', '2', 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'south', 'flow', '3', 'added', null, null, null),
('2026-11-28 02:18:04.833000', 'north', 'route', '1125397061153369101', 'changed', 'target_id', '1', '2'),
('2026-11-28 02:18:04.833000', 'north', 'route', '1125397061153369102', 'deleted', null, null, null),
('2026-11-28 02:18:05.071000', 'north', 'queue', '10', 'changed', 'busy_target_id', '3', '1'),
('2026-11-28 02:18:05.071000', 'north', 'queue', '2', 'deleted', null, null, null),
('2026-11-28 02:18:05.341000', 'north', 'flow', '1', 'unloaded', 'is_loaded', 'true', 'false'),
('2026-11-28 02:18:05.341000', 'north', 'flow', '2', 'changed', 'description', 'Exception handling', 'Christmas'),
('2026-11-28 02:18:05.341000', 'north', 'flow', '3', 'deleted', null, null, null),
('2026-11-28 02:18:12.525000', 'north', 'flow', '1', 'loaded', 'is_loaded', 'false', 'true'),
('2026-11-28 02:18:12.525000', 'north', 'flow', '3', 'added', null, null, null);

create table ivr_analytics.changes_since_last_run (noticed_at TIMESTAMP, tenant VARCHAR, "object" VARCHAR, object_id VARCHAR, change VARCHAR, field VARCHAR, old_value VARCHAR, new_value VARCHAR);
insert into ivr_analytics.changes_since_last_run values
('2026-11-28 02:18:12.525000', 'north', 'flow', '1', 'loaded', 'is_loaded', 'false', 'true'),
('2026-11-28 02:18:12.525000', 'north', 'flow', '3', 'added', null, null, null);

create table ivr_analytics.current_flows (tenant VARCHAR, flow_id BIGINT, access_code VARCHAR, description VARCHAR, flow_file_name VARCHAR, is_loaded BOOLEAN, flow_type BIGINT, flow_type_name VARCHAR, max_concurrent_calls BIGINT, last_seen_at TIMESTAMP);
insert into ivr_analytics.current_flows values
('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06'),
('north', 2, '90502', 'Christmas', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06'),
('north', 3, '90503', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06'),
('south', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06'),
('south', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06'),
('south', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06');

create table ivr_analytics.findings (tenant VARCHAR, severity VARCHAR, finding VARCHAR, "object" VARCHAR, object_id VARCHAR, sentence VARCHAR);
insert into ivr_analytics.findings values
('north', 'error', 'number_leads_nowhere', 'route', '1125397061153369105', 'Number 95500 extension 5 leads to queue 99, which is gone.'),
('north', 'error', 'survey_leads_nowhere', 'survey', '4', 'The survey after a call uses flow 5, which is gone.'),
('north', 'warning', 'hotline_without_route', 'hotline', '95501', 'Hotline 95501 has no route: calls to it lead nowhere.'),
('north', 'warning', 'survey_access_code_differs', 'survey', '0', 'The survey after a call has access code 90599, but its flow 1 has 90501.');

create table ivr_analytics.flow_changes (noticed_at TIMESTAMP, tenant VARCHAR, flow_id BIGINT, change VARCHAR, field VARCHAR, old_value VARCHAR, new_value VARCHAR);
insert into ivr_analytics.flow_changes values
('2026-11-28 02:17:57.727000', 'north', 1, 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'north', 2, 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'north', 3, 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'south', 1, 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'south', 2, 'added', null, null, null),
('2026-11-28 02:17:57.727000', 'south', 3, 'added', null, null, null),
('2026-11-28 02:18:05.341000', 'north', 1, 'unloaded', 'is_loaded', 'true', 'false'),
('2026-11-28 02:18:05.341000', 'north', 2, 'changed', 'description', 'Exception handling', 'Christmas'),
('2026-11-28 02:18:05.341000', 'north', 3, 'deleted', null, null, null),
('2026-11-28 02:18:12.525000', 'north', 1, 'loaded', 'is_loaded', 'false', 'true'),
('2026-11-28 02:18:12.525000', 'north', 3, 'added', null, null, null);

create table ivr_analytics.flow_history (tenant VARCHAR, flow_id BIGINT, access_code VARCHAR, description VARCHAR, flow_file_name VARCHAR, is_loaded BOOLEAN, flow_type BIGINT, max_concurrent_calls BIGINT, dbt_scd_id VARCHAR, dbt_updated_at TIMESTAMP, dbt_valid_from TIMESTAMP, dbt_valid_to TIMESTAMP);
insert into ivr_analytics.flow_history values
('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', false, 1, null, 'efe37dcab8d574d0791215da2a2b8701', '2026-11-28 02:18:05.341000', '2026-11-28 02:18:05.341000', '2026-11-28 02:18:12.525000'),
('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, null, '333f764b3aa52d2630e7d6c03ec6dbc5', '2026-11-28 02:18:12.525000', '2026-11-28 02:18:12.525000', null),
('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, null, 'ef4352cb5ff09fe7331cf671cb045730', '2026-11-28 02:17:57.727000', '2026-11-28 02:17:57.727000', '2026-11-28 02:18:05.341000'),
('north', 2, '90502', 'Christmas', 'defaultIVR.GSL', true, 1, null, 'af51017dd8ac51bed9b939f51ae911d2', '2026-11-28 02:18:05.341000', '2026-11-28 02:18:05.341000', null),
('north', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, null, '48bad905dbd4afdb1bc61df4e97d5c0a', '2026-11-28 02:17:57.727000', '2026-11-28 02:17:57.727000', '2026-11-28 02:18:05.341000'),
('north', 3, '90503', 'Exception handling', 'defaultIVR.GSL', true, 1, null, '1babc53949e6cff44b4d9992b1b0fea9', '2026-11-28 02:18:12.525000', '2026-11-28 02:18:12.525000', null),
('north', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, null, '9636a6c64df9669970c9698ba876dc45', '2026-11-28 02:17:57.727000', '2026-11-28 02:17:57.727000', '2026-11-28 02:18:05.341000'),
('south', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, null, 'fe49e37bb628fe64f2d63fdf34bc1d7a', '2026-11-28 02:17:57.727000', '2026-11-28 02:17:57.727000', null),
('south', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, null, '28055b5f69b6b8493f78045ee2d121d0', '2026-11-28 02:17:57.727000', '2026-11-28 02:17:57.727000', null),
('south', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, null, 'd1fbdadf732a7adf4646223d1da4da97', '2026-11-28 02:17:57.727000', '2026-11-28 02:17:57.727000', null);

create table ivr_analytics.flow_references (tenant VARCHAR, flow_id BIGINT, source VARCHAR, source_id VARCHAR, source_name VARCHAR, reason VARCHAR, flow_exists BOOLEAN, flow_is_loaded BOOLEAN);
insert into ivr_analytics.flow_references values
('north', 1, 'queue', '10', 'Orders', 'busy', true, true),
('north', 1, 'queue', '10', 'Orders', 'time-out', true, true),
('north', 1, 'survey', '0', 'audio', 'after a call', true, true),
('north', 1, 'survey', '2', 'audio', 'after a call', true, true),
('north', 1, 'survey', '5', 'audio', 'after a call', true, true),
('north', 2, 'queue', '10', 'Orders', 'no agents', true, true),
('north', 2, 'route', '1125397061153369101', '95500', 'dialled', true, true),
('north', 3, 'route', '1125397061153369103', '95500 ext. 3', 'dialled', true, true),
('north', 3, 'survey', '1', 'audio', 'after a call', true, true),
('north', 5, 'survey', '4', 'audio', 'after a call', false, null);

create table ivr_analytics.flow_types (flow_type BIGINT, flow_type_name VARCHAR);
insert into ivr_analytics.flow_types values
(0, 'unspecified service type'),
(1, 'GSL service file'),
(2, 'VoiceXML service file'),
(3, 'third-party IVR'),
(4, 'VXML flow supported by the CCIVR'),
(5, 'CCXML flow'),
(6, 'WaitScript flow');

create table ivr_analytics.flows_by_tenant_and_type (tenant VARCHAR, flow_type BIGINT, flow_type_name VARCHAR, flows BIGINT, loaded_flows BIGINT);
insert into ivr_analytics.flows_by_tenant_and_type values
('north', 1, 'GSL service file', 3, 3),
('south', 1, 'GSL service file', 3, 3);

create table ivr_analytics.last_build (began_at TIMESTAMP);
insert into ivr_analytics.last_build values
('2026-11-28 02:18:11.070000');

create table ivr_analytics.numbers (tenant VARCHAR, access_code VARCHAR, "extension" VARCHAR, direction VARCHAR, media VARCHAR, leads_to VARCHAR, target_id BIGINT, target_name VARCHAR, target_exists BOOLEAN, target_is_loaded BOOLEAN, route_id VARCHAR);
insert into ivr_analytics.numbers values
('north', '95500', '3', 'both', 'audio and video', 'flow', 3, 'Exception handling', true, true, '1125397061153369103'),
('north', '95500', '4', 'both', 'audio and video', 'queue', 10, 'Orders', true, null, '1125397061153369104'),
('north', '95500', '5', 'both', 'audio and video', 'queue', 99, null, false, null, '1125397061153369105'),
('north', '95500', '6', 'both', 'audio and video', 'flow', null, null, null, null, '1125397061153369106'),
('north', '95500', null, 'both', 'audio and video', 'flow', 2, 'Christmas', true, true, '1125397061153369101'),
('north', '95501', null, 'in', 'audio and video', null, null, null, null, null, null);

create table ivr_analytics.queue_history (tenant VARCHAR, queue_id BIGINT, queue_name VARCHAR, description VARCHAR, media_type BIGINT, max_wait_seconds BIGINT, max_waiting_calls BIGINT, max_wrap_up_seconds BIGINT, answer_function VARCHAR, no_agents_action VARCHAR, no_agents_target_type BIGINT, no_agents_target_id BIGINT, busy_action VARCHAR, busy_target_type BIGINT, busy_target_id BIGINT, time_out_action VARCHAR, time_out_target_type BIGINT, time_out_target_id BIGINT, dbt_scd_id VARCHAR, dbt_updated_at TIMESTAMP, dbt_valid_from TIMESTAMP, dbt_valid_to TIMESTAMP);
insert into ivr_analytics.queue_history values
('north', 2, 'Returns', null, null, null, null, null, null, null, null, null, 'Transfer', 1, 2, null, null, null, '7c05d68ebe1ebf80aa33db46037a5ed3', '2026-11-28 02:17:57.577000', '2026-11-28 02:17:57.577000', '2026-11-28 02:18:05.071000'),
('north', 10, 'Orders', null, null, null, null, null, null, 'Transfer', 3, 2, 'Transfer', 3, 1, 'Transfer', 3, 1, 'f41f233aea6b5b2a9d8c817983e89dc2', '2026-11-28 02:18:05.071000', '2026-11-28 02:18:05.071000', null),
('north', 10, 'Orders', null, null, null, null, null, null, 'Transfer', 3, 2, 'Transfer', 3, 3, 'Transfer', 3, 1, 'f06644bd70e53f9eeeadef1a8f8ffce1', '2026-11-28 02:17:57.577000', '2026-11-28 02:17:57.577000', '2026-11-28 02:18:05.071000'),
('north', 11, 'Closed', null, null, null, null, null, null, null, null, null, 'Release', 3, 0, null, null, null, '3186aa02759d90a37b9bbb21bf00b0ec', '2026-11-28 02:17:57.577000', '2026-11-28 02:17:57.577000', null);

create table ivr_analytics.route_history (tenant VARCHAR, route_id VARCHAR, access_code VARCHAR, "extension" VARCHAR, configuration_number BIGINT, target_type BIGINT, target_id BIGINT, target_name VARCHAR, media_type BIGINT, editable VARCHAR, dbt_scd_id VARCHAR, dbt_updated_at TIMESTAMP, dbt_valid_from TIMESTAMP, dbt_valid_to TIMESTAMP);
insert into ivr_analytics.route_history values
('north', '1125397061153369101', '95500', null, null, 3, 1, null, 5, null, '3435bcc7e3c40a7881f5a529258eda8a', '2026-11-28 02:17:57.479000', '2026-11-28 02:17:57.479000', '2026-11-28 02:18:04.833000'),
('north', '1125397061153369101', '95500', null, null, 3, 2, null, 5, null, 'eb0bf3e72e17cf5752b1d6ff327bd73d', '2026-11-28 02:18:04.833000', '2026-11-28 02:18:04.833000', null),
('north', '1125397061153369102', '95500', '2', null, 3, 2, null, 5, null, '175ec236f0c67f89c0fc1de3058f1c25', '2026-11-28 02:17:57.479000', '2026-11-28 02:17:57.479000', '2026-11-28 02:18:04.833000'),
('north', '1125397061153369103', '95500', '3', null, 3, 3, null, 5, null, 'c2532c5331154ae04a0613529d50b340', '2026-11-28 02:17:57.479000', '2026-11-28 02:17:57.479000', null),
('north', '1125397061153369104', '95500', '4', null, 1, 10, null, 5, null, '4bb0832b0970ea4870bcef7717c3c52a', '2026-11-28 02:17:57.479000', '2026-11-28 02:17:57.479000', null),
('north', '1125397061153369105', '95500', '5', null, 1, 99, null, 5, null, '923f32b92995e0dfcd5dce0fdfb17898', '2026-11-28 02:17:57.479000', '2026-11-28 02:17:57.479000', null),
('north', '1125397061153369106', '95500', '6', null, 3, null, null, 5, null, '14ba3b09ef6a76788032bb381ef5cdc9', '2026-11-28 02:17:57.479000', '2026-11-28 02:17:57.479000', null);

create table ivr_analytics.stg_access_codes (tenant VARCHAR, hotline_id VARCHAR, access_code VARCHAR, media_type BIGINT, core_network_number VARCHAR, description VARCHAR, direction BIGINT, last_seen_at TIMESTAMP, is_deleted BOOLEAN);
insert into ivr_analytics.stg_access_codes values
('north', '1124167935465633791', '95500', 5, null, null, 3, '2026-01-31 04:05:06', false),
('north', '1124167935465633792', '95501', 5, null, null, 1, '2026-01-31 04:05:06', false),
('north', '1124167935465633793', '95502', 5, null, null, 2, '2026-01-31 04:05:06', false),
('north', '1124167935465633794', '', 5, null, null, 1, '2026-01-31 04:05:06', false),
('north', '1124167935465633795', null, 5, null, null, 1, '2026-01-31 04:05:06', false),
('north', '1124167935465633796', '95504', 5, null, null, null, '2026-01-31 04:05:06', false),
('north', '1124167935465633797', ' 95500 ', 5, null, null, 3, '2026-01-31 04:05:06', false);

create table ivr_analytics.stg_called_routes (tenant VARCHAR, route_id VARCHAR, access_code VARCHAR, "extension" VARCHAR, configuration_number BIGINT, target_type BIGINT, target_id BIGINT, target_name VARCHAR, media_type BIGINT, editable VARCHAR, last_seen_at TIMESTAMP, is_deleted BOOLEAN);
insert into ivr_analytics.stg_called_routes values
('north', '1125397061153369101', '95500', null, null, 3, 2, null, 5, null, '2026-01-31 04:05:06', false),
('north', '1125397061153369102', '95500', '2', null, 3, 2, null, 5, null, '2026-01-31 04:05:06', true),
('north', '1125397061153369103', '95500', '3', null, 3, 3, null, 5, null, '2026-01-31 04:05:06', false),
('north', '1125397061153369104', '95500', '4', null, 1, 10, null, 5, null, '2026-01-31 04:05:06', false),
('north', '1125397061153369105', '95500', '5', null, 1, 99, null, 5, null, '2026-01-31 04:05:06', false),
('north', '1125397061153369106', '95500', '6', null, 3, null, null, 5, null, '2026-01-31 04:05:06', false);

create table ivr_analytics.stg_extractions (tenant VARCHAR, stream VARCHAR, extraction BIGINT, extracted_at TIMESTAMP, records BIGINT);
insert into ivr_analytics.stg_extractions values
('north', 'access_codes', 2, '2026-11-11 01:15:00', 7),
('north', 'called_routes', 2, '2026-11-11 01:15:00', 5),
('north', 'ivr_flows', 3, '2026-11-12 01:15:00', 3),
('north', 'satisfaction_config', 2, '2026-11-11 01:15:00', 6),
('north', 'skill_queues', 2, '2026-11-11 01:15:00', 2),
('south', 'ivr_flows', 2, '2026-11-11 01:15:00', 3);

create table ivr_analytics.stg_ivr_flows (tenant VARCHAR, flow_id BIGINT, access_code VARCHAR, description VARCHAR, flow_file_name VARCHAR, is_loaded BOOLEAN, flow_type BIGINT, flow_type_name VARCHAR, max_concurrent_calls BIGINT, last_seen_at TIMESTAMP, is_deleted BOOLEAN);
insert into ivr_analytics.stg_ivr_flows values
('north', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06', false),
('north', 2, '90502', 'Christmas', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06', false),
('north', 3, '90503', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06', false),
('south', 1, '90501', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06', false),
('south', 2, '90502', 'Exception handling', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06', false),
('south', 3, '90503', 'it''s \ 客服
here', 'defaultIVR.GSL', true, 1, 'GSL service file', null, '2026-01-31 04:05:06', false);

create table ivr_analytics.stg_satisfaction_config (tenant VARCHAR, "position" BIGINT, is_enabled BOOLEAN, flow_id BIGINT, feedback_type VARCHAR, channel_type VARCHAR, access_code VARCHAR, last_seen_at TIMESTAMP, is_deleted BOOLEAN);
insert into ivr_analytics.stg_satisfaction_config values
('north', 0, true, 1, null, 'audio', '90599', '2026-01-31 04:05:06', false),
('north', 1, true, 3, null, 'audio', '90503', '2026-01-31 04:05:06', false),
('north', 2, true, 1, null, 'audio', '90501', '2026-01-31 04:05:06', false),
('north', 3, false, null, null, null, null, '2026-01-31 04:05:06', false),
('north', 4, true, 5, null, 'audio', '90505', '2026-01-31 04:05:06', false),
('north', 5, true, 1, null, 'audio', '', '2026-01-31 04:05:06', false);

create table ivr_analytics.stg_skill_queues (tenant VARCHAR, queue_id BIGINT, queue_name VARCHAR, description VARCHAR, media_type BIGINT, max_wait_seconds BIGINT, max_waiting_calls BIGINT, max_wrap_up_seconds BIGINT, answer_function VARCHAR, no_agents_action VARCHAR, no_agents_target_type BIGINT, no_agents_target_id BIGINT, busy_action VARCHAR, busy_target_type BIGINT, busy_target_id BIGINT, time_out_action VARCHAR, time_out_target_type BIGINT, time_out_target_id BIGINT, last_seen_at TIMESTAMP, is_deleted BOOLEAN);
insert into ivr_analytics.stg_skill_queues values
('north', 2, 'Returns', null, null, null, null, null, null, null, null, null, 'Transfer', 1, 2, null, null, null, '2026-01-31 04:05:06', true),
('north', 10, 'Orders', null, null, null, null, null, null, 'Transfer', 3, 2, 'Transfer', 3, 1, 'Transfer', 3, 1, '2026-01-31 04:05:06', false),
('north', 11, 'Closed', null, null, null, null, null, null, null, null, null, 'Release', 3, 0, null, null, null, '2026-01-31 04:05:06', false);
